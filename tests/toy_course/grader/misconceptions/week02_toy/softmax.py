"""Known mistakes of the toy exercise."""

import softmax as solution

from grader.mistakes import mistake


@mistake(of="softmax", en="Your softmax runs over the first axis.", zh="你的 softmax 沿第一个轴。")
def takes_the_first_axis(scores):
    return solution.softmax(scores.T).T


@mistake(of="Running", en="Your mean forgets all but the last number.", zh="你的均值只记得最后一个数。")
class forgets(solution.Running):
    def add(self, value):
        return float(value)
