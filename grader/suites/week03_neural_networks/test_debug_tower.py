"""Hidden suite of week 03, debug_tower.

What worked when the program was given is worth no points and must still work: the tests with points stand after it.
Not covered: speed, how well a tower learns.
"""

import math

import torch

from grader.suite import after, assert_same, claims, expect, points

WIDTH, DEPTH, CLASSES, ROWS = 5, 3, 2, 7


def problem(rng):
    """Rows, and a class for each."""
    return rng.normal(ROWS, WIDTH), rng.integers(0, CLASSES, ROWS)


@claims("With depth 0 the input goes straight to the scores")
def test_without_storeys(student, reference, rng, device):
    """A tower of depth 0 learns as the reference does: this worked when you got the program.

    深度为 0 的塔，学习过程与参考答案一致：你拿到程序时，这一点本来就是对的。
    """
    x, y = problem(rng)
    towers = [module.Tower(WIDTH, 0, CLASSES) for module in (student, reference)]
    for tower in towers:
        tower.to(str(device))
    mine, ours = (tower.fit(x, y, 0.3, 11) for tower in towers)

    assert_same(mine, ours)
    assert_same(towers[0](x).detach(), towers[1](x).detach())


@after("test_without_storeys")
def test_a_new_tower_knows_nothing(student, rng):
    """A new tower scores every class 0, and its first loss is ln 2: this worked when you got the program.

    新建的塔给每个类别的得分都是 0，最初的损失是 ln 2：你拿到程序时，这一点本来就是对的。
    """
    x, y = problem(rng)
    x, y = x.cpu(), y.cpu()
    tower = student.Tower(WIDTH, DEPTH, CLASSES)

    assert_same(tower(x).detach(), torch.zeros(ROWS, CLASSES))
    assert_same(tower.fit(x, y, 0.3, 1), [math.log(CLASSES)])


@after("test_a_new_tower_knows_nothing")
@points(1)
@claims("A storey is a linear layer")
def test_everything_is_saved(student):
    """The state of a tower holds the numbers of all storeys and of the last layer.

    塔的状态包含所有楼层以及最后一层的全部数字。
    """
    for depth in (1, 3, 8):
        state = student.Tower(WIDTH, depth, CLASSES).state_dict()
        numbers = sum(table.numel() for table in state.values())
        assert_same(numbers, depth * (WIDTH * WIDTH + WIDTH) + WIDTH * CLASSES + CLASSES)


@after("test_a_new_tower_knows_nothing")
@points(2)
def test_a_loaded_tower_answers_alike(student, rng):
    """A new tower that loads the state of a trained one gives the same answers.

    新建的塔加载训练好的状态后，给出同样的结果。
    """
    x, y = problem(rng)
    x, y = x.cpu(), y.cpu()
    trained, fresh = (student.Tower(WIDTH, DEPTH, CLASSES, seed) for seed in (1, 2))
    trained.fit(x, y, 0.3, 11)
    fresh.load_state_dict(trained.state_dict())

    assert_same(fresh(x).detach(), trained(x).detach())


@after("test_a_new_tower_knows_nothing")
@points(3)
def test_every_storey_is_trained(student, reference, rng):
    """After two steps, every table of the state has changed, and each storey has its own.

    两步之后，状态中的每一张表都变了，而且每一层都有自己的表。
    """
    x, y = problem(rng)
    x, y = x.cpu(), y.cpu()
    tower = student.Tower(WIDTH, DEPTH, CLASSES)
    before = {name: table.clone() for name, table in tower.state_dict().items()}
    tower.fit(x, y, 0.3, 2)
    after_ = tower.state_dict()

    moved = [name for name, table in before.items() if not torch.equal(table, after_[name])]
    squares = [table for table in after_.values() if tuple(table.shape) == (WIDTH, WIDTH)]
    different = all(not torch.equal(a, b) for i, a in enumerate(squares) for b in squares[:i])
    expect(
        len(moved) == len(before) and len(squares) == DEPTH and different,
        "Of {all} tables, {moved} have changed; {squares} of {depth} storeys have a table of weights.",
        "{all} 张表中有 {moved} 张变了；{depth} 层中有 {squares} 层有自己的权重表。",
        all=len(before),
        moved=len(moved),
        squares=len(squares),
        depth=DEPTH,
    )
    again, ours = student.Tower(WIDTH, DEPTH, CLASSES), reference.Tower(WIDTH, DEPTH, CLASSES)
    assert_same(again.fit(x, y, 0.3, 7), ours.fit(x, y, 0.3, 7))
    assert_same(again(x).detach(), ours(x).detach())
