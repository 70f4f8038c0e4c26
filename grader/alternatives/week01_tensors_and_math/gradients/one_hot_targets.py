"""As most tutorials write it: a flat loop that puts each entry back, one-hot targets, reduce over the reversed list."""

from functools import reduce

import torch


def numerical_gradient(f, x, eps=1e-6):
    if not eps > 0:
        raise ValueError("eps")
    point = x.detach().to(torch.float64).contiguous().clone()
    flat, slopes = point.view(-1), []
    for i in range(flat.numel()):
        kept = flat[i].item()
        flat[i] = kept + eps
        above = f(point.clone())
        flat[i] = kept - eps
        below = f(point.clone())
        flat[i] = kept
        slopes.append(float(above) - float(below))
    answer = torch.tensor(slopes, dtype=torch.float64, device=x.device) / (2 * eps)
    return answer.view(x.shape).to(x.dtype)


def linear_softmax_backward(x, W, targets):
    x, W = x.detach(), W.detach()
    if not len(x) or int(targets.min()) < 0 or int(targets.max()) >= W.size(0):
        raise ValueError("targets")
    truth = torch.eye(W.size(0), dtype=x.dtype, device=x.device)[targets]
    logits = torch.einsum("nf,cf->nc", x, W)
    log_total = torch.logsumexp(logits, -1, keepdim=True)
    loss = ((log_total - logits) * truth).sum() / len(x)
    difference = (torch.softmax(logits, -1) - truth) / len(x)
    return loss, torch.einsum("nc,cf->nf", difference, W), torch.einsum("nc,nf->cf", difference, x)


def chain(jacobians):
    links = list(jacobians)
    if not links or any(a.size(0) != b.size(1) for a, b in zip(links[:-1], links[1:], strict=True)):
        raise ValueError("links")
    return reduce(torch.matmul, links[:0:-1] + links[:1])
