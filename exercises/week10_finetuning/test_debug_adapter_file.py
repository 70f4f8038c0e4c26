"""Visible examples of week 10, debug_adapter_file: what one model learned is put back into another."""

import torch

from grader.suite import assert_same

IDS = torch.tensor([[0, 1], [1, 0], [2, 3], [3, 2]])
LABELS = torch.tensor([0, 0, 1, 1])


def trained(student):
    """A model that tells texts of the tokens 0 and 1 from texts of 2 and 3."""
    model = student.Classifier(4, 3, 2, base=7, start=1)
    student.train(model, IDS, LABELS, 200)
    return model


def test_it_learns(student):
    """After 200 steps all four texts are classified rightly.

    训练 200 步之后，四段文本都分对了。
    """
    assert_same(trained(student)(IDS).detach().argmax(-1), LABELS)


def test_the_thin_maps_come_back(student):
    """A second model, to which what was learned is put back, has the low-rank change of the first.

    把所学内容装回第二个模型，它就有了第一个模型的低秩增量。
    """
    model, other = trained(student), student.Classifier(4, 3, 2, base=7, start=2)

    student.put_back(other, student.what_it_learned(model))

    assert_same(other.state_dict()["mix.thin_out.weight"], model.state_dict()["mix.thin_out.weight"])


def test_the_answers_come_back(student):
    """And it gives the same logits for all four texts.

    而且对四段文本给出同样的 logits。
    """
    model, other = trained(student), student.Classifier(4, 3, 2, base=7, start=2)

    student.put_back(other, student.what_it_learned(model))

    assert_same(other(IDS).detach(), model(IDS).detach())
