"""With F.kl_div, as in tutorials and trainers: input the student's logarithms, target the teacher's probabilities."""

import torch
import torch.nn.functional as F


def distillation_loss(student, teacher, targets, temperature=2.0, alpha=0.5):
    if student.shape != teacher.shape or student.dim() == 0 or student.shape[:-1] != targets.shape:
        raise ValueError("shapes")
    if not (temperature > 0 and temperature != float("inf")) or not (0 <= alpha and alpha <= 1):
        raise ValueError("temperature or alpha")
    vocabulary = student.shape[-1]
    flat = targets.reshape(-1).to(torch.int64)
    places = (flat != -100).nonzero()[:, 0]
    flat = flat[places]
    if len(flat) == 0 or int(flat.min()) < 0 or int(flat.max()) >= vocabulary:
        raise ValueError("targets")
    wide = torch.float64 if student.dtype == torch.float64 else torch.float32
    mine = student.reshape(-1, vocabulary).index_select(0, places).to(wide)
    with torch.no_grad():
        theirs = F.softmax(teacher.reshape(-1, vocabulary).index_select(0, places).to(wide) / temperature, dim=-1)
    logs = F.log_softmax(mine / temperature, dim=-1).masked_fill(theirs == 0, 0.0)
    soft = F.kl_div(logs, theirs, reduction="batchmean")
    return soft * (alpha * temperature * temperature) + F.cross_entropy(mine, flat) * (1.0 - alpha)
