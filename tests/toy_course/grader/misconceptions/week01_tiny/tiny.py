"""Known mistakes of the tiny exercise."""

import tiny as solution

from grader.mistakes import mistake


@mistake(of="double", en="Your answer equals the square.", zh="你的结果等于平方。")
def squares(x):
    return x * x


@mistake(of="double", en="Your answer equals x plus 2.", zh="你的结果等于 x 加 2。")
def adds_two(x):
    return x + 2


@mistake(of="Counter", en="Your counter forgets where it began.", zh="你的计数器忘记了起点。")
class forgets_the_start(solution.Counter):
    def __init__(self, start=0):
        super().__init__(0)


@mistake(of="Counter", en="Your counter keeps only the last amount.", zh="你的计数器只保留最后一次的数。")
class keeps_the_last(solution.Counter):
    def add(self, amount):
        self.total = amount
        return amount
