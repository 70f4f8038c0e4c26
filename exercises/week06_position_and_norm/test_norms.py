"""Visible examples of week 06, norms: every number can be checked by hand."""

import torch

from grader.suite import assert_same


def test_layer_norm(student):
    """The token 1 3 has mean 2 and standard deviation 1, so it becomes -1 1; so does 10 30.

    词元 1 3 的均值是 2、标准差是 1，因此变为 -1 1；10 30 也一样。
    """
    layer = student.LayerNorm(2, eps=0.0)

    assert_same(layer(torch.tensor([[1.0, 3.0], [10.0, 30.0]])), torch.tensor([[-1.0, 1.0], [-1.0, 1.0]]))


def test_eps_stands_under_the_root(student):
    """With eps 3, the token 1 3 of variance 1 is divided by the root of 4: it becomes -0.5 0.5.

    eps 为 3 时，方差为 1 的词元 1 3 要除以 4 的平方根：变为 -0.5 0.5。
    """
    assert_same(student.LayerNorm(2, eps=3.0)(torch.tensor([[1.0, 3.0]])), torch.tensor([[-0.5, 0.5]]))
    assert_same(student.RMSNorm(1, eps=3.0)(torch.tensor([[1.0]])), torch.tensor([[0.5]]))


def test_half_precision(student):
    """Tokens of size 300 in float16: a square of 90,000 would be infinite there, and float32 holds it.

    float16 下大小为 300 的词元：其平方 90,000 在 float16 下是无穷大，而 float32 放得下。
    """
    x = torch.tensor([[-300.0, 300.0]], dtype=torch.float16)

    assert_same(student.LayerNorm(2)(x), torch.tensor([[-1.0, 1.0]], dtype=torch.float16))
    assert_same(student.RMSNorm(2)(x), torch.tensor([[-1.0, 1.0]], dtype=torch.float16))


def test_rms_norm(student):
    """The token 1 7 has root mean square 5, so it becomes 0.2 1.4.

    词元 1 7 的均方根是 5，因此变为 0.2 1.4。
    """
    layer = student.RMSNorm(2, eps=0.0)

    assert_same(layer(torch.tensor([[1.0, 7.0]])), torch.tensor([[0.2, 1.4]]))


def test_batch_norm(student):
    """One feature with the numbers 1 and 3 becomes -1 and 1; the running mean becomes a tenth of 2, the running
    variance nine tenths of 1 and a tenth of the unbiased variance, 2.

    一个特征的两个数 1 和 3 变为 -1 和 1；滑动均值变为 2 的十分之一，
    滑动方差变为 1 的十分之九加上无偏方差 2 的十分之一。
    """
    layer = student.BatchNorm1d(1, eps=0.0)

    assert_same(layer(torch.tensor([[1.0], [3.0]])), torch.tensor([[-1.0], [1.0]]))
    assert_same(layer.state_dict()["running_mean"], torch.tensor([0.2]))
    assert_same(layer.state_dict()["running_var"], torch.tensor([1.1]))


def test_batch_norm_in_evaluation(student):
    """A new layer in evaluation divides by the running variance 1 and subtracts the running mean 0: nothing moves.

    新建的层在评估模式下减去滑动均值 0、除以滑动方差 1 的平方根：什么都不变，统计量也不变。
    """
    layer = student.BatchNorm1d(1, eps=0.0)
    layer.eval()

    assert_same(layer(torch.tensor([[1.0], [3.0]])), torch.tensor([[1.0], [3.0]]))
    assert_same(layer.state_dict()["running_mean"], torch.tensor([0.0]))


def test_influence(student):
    """The experiment of the handout: with batch norm, replacing the last token of one sentence moves all four outputs.

    讲义中的实验：使用批归一化时，替换一个句子的最后一个词元，四个输出全都变了。
    """
    layer = student.BatchNorm1d(1, eps=0.0)
    x = torch.tensor([[[1.0], [3.0]], [[1.0], [3.0]]])  # two sentences of two tokens of one feature

    moved = student.influence(student.on_tokens(layer), x, 1, 1, torch.tensor([-1.0]))

    root = 2.0**0.5
    assert_same(moved, torch.tensor([[1.0, root - 1.0], [1.0, root + 1.0]]))
