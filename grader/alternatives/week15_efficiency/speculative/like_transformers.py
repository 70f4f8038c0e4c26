"""As transformers' assisted generation does it: ratios in one tensor, n_matches by a cumulative sum of refusals."""

import torch


def rejection_sample(target_probs, draft_probs, drafted, generator):
    length = drafted.shape[0]
    if length == 0 or target_probs.shape[0] != length + 1 or draft_probs.shape[0] != length:
        raise ValueError("lengths")
    if target_probs.shape[1] != draft_probs.shape[1]:
        raise ValueError("vocabularies")
    candidates = drafted.to(torch.int64)
    q_i = draft_probs.gather(1, candidates[:, None])[:, 0].float()
    p_i = target_probs[:-1].gather(1, candidates[:, None])[:, 0].float()
    ratio = p_i / q_i
    r_i = torch.rand(ratio.shape, generator=generator, device=ratio.device)
    is_accepted = r_i < ratio
    n_matches = ((~is_accepted).cumsum(dim=-1) < 1).sum().item()
    p_next = target_probs[n_matches].float()
    if n_matches < length:
        p_prime = torch.clamp(p_next - draft_probs[n_matches].float(), min=0)
        p_next = p_prime / p_prime.sum() if p_prime.sum() > 0 else p_next
    token = torch.multinomial(p_next, num_samples=1, generator=generator)
    return torch.cat((candidates[:n_matches], token)), n_matches


def speculative_step(draft, target, ids, k, generator):
    if k <= 0:
        raise ValueError("k")
    if ids.dim() != 1 or ids.numel() == 0:
        raise ValueError("ids")
    tokens = ids.to(torch.int64)
    q = []
    for _ in range(k):
        probabilities = draft(tokens, 1)
        q.append(probabilities)
        tokens = torch.cat((tokens, torch.multinomial(probabilities[-1].float(), 1, generator=generator)))
    return rejection_sample(target(tokens, k + 1), torch.cat(q), tokens[-k:], generator)
