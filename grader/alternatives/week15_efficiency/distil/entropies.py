"""As a difference of two cross-entropies: the teacher's with the student's, less the teacher's own entropy."""

import torch


def distillation_loss(student, teacher, targets, temperature=2.0, alpha=0.5):
    if not len(student.shape) or teacher.shape != student.shape or list(targets.shape) != list(student.shape)[:-1]:
        raise ValueError("shapes")
    if not 0 < temperature < float("inf"):
        raise ValueError("temperature")
    if not 0 <= alpha <= 1:
        raise ValueError("alpha")
    targets = targets.long()
    weight = targets.ne(-100)
    if not weight.any() or (targets[weight] < 0).any() or (targets[weight] >= student.shape[-1]).any():
        raise ValueError("targets")
    student, teacher, targets = student[weight], teacher[weight].detach(), targets[weight]
    if student.dtype != torch.float64:
        student, teacher = student.float(), teacher.float()
    p = torch.softmax(teacher / temperature, -1)
    log_q = student / temperature - torch.logsumexp(student / temperature, -1, keepdim=True)
    crossed = -(p * torch.where(p > 0, log_q, torch.zeros_like(log_q))).sum(-1)
    entropy = torch.special.entr(p).sum(-1)
    nll = torch.logsumexp(student, -1) - student.gather(-1, targets[:, None])[:, 0]
    return (alpha * temperature**2 * (crossed - entropy) + (1 - alpha) * nll).sum() / len(targets)
