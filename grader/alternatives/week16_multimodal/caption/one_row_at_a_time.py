"""Labels and loss with loops and one-hot products; a row that has ended repeats its last token instead of the end."""

import contextlib

import torch


def caption_labels(ids, prompts, end):
    if len(prompts) != len(ids) or prompts.ndim != 1:
        raise ValueError("prompts")
    rows = []
    for row, begun in zip(ids.tolist(), prompts.tolist(), strict=True):
        if not 0 <= begun <= len(row):
            raise ValueError("prompt")
        answer = row[begun:]
        kept = answer.index(end) + 1 if end in answer else len(answer)
        rows.append([-100] * begun + answer[:kept] + [-100] * (len(answer) - kept))
    return torch.tensor(rows, device=ids.device, dtype=ids.dtype).view(ids.shape)


def caption_loss(logits, labels):
    if logits.dim() != 3 or tuple(logits.shape[:2]) != tuple(labels.shape):
        raise ValueError("shapes")
    total, count = 0.0, 0
    for row in range(labels.shape[0]):
        for place in range(labels.shape[1] - 1):
            target = int(labels[row, place + 1])
            if target == -100:
                continue
            scores = logits[row, place]
            scores = scores if scores.dtype == torch.float64 else scores.float()
            total, count = total + torch.logsumexp(scores, 0) - scores[target], count + 1
    if not count:
        raise ValueError("nothing counts")
    return total / count


def greedy_caption(model, features, prompt, end, most=20):
    if most < 1 or prompt.shape[1] == 0 or prompt.shape[0] != features.shape[0]:
        raise ValueError("sizes")
    was = {name: module.training for name, module in model.named_modules()}
    model.eval()
    try:
        with torch.inference_mode():
            ids, written, going = prompt, [[] for _ in prompt], set(range(len(prompt)))
            while going and ids.shape[1] < prompt.shape[1] + most:
                best = model(ids, features)[:, -1].max(-1).indices
                for row, token in enumerate(best.tolist()):
                    if row in going and token == end:
                        going.discard(row)
                    elif row in going:
                        written[row].append(token)
                ids = torch.cat([ids, best[:, None]], dim=1)
    finally:
        for name, module in model.named_modules():
            module.training = was[name]
    return written


def answer(model, image, question, most=20):
    if image.ndim != 3 or len(image) != 3 or most < 1:
        raise ValueError("image")
    if image.dtype == torch.uint8:
        image = image.double() / 255
    if image.dtype not in (torch.float16, torch.bfloat16, torch.float32, torch.float64):
        raise ValueError("dtype")
    if not bool((image.ge(0) & image.le(1)).all()):
        raise ValueError("range")
    was = [(module, module.training) for module in model.modules()]
    with contextlib.ExitStack() as stack:
        stack.enter_context(torch.no_grad())
        for module, training in was:
            stack.callback(setattr, module, "training", training)
        model.eval()
        features = model.see(image.unsqueeze(0).to(next(model.parameters()).dtype))
        ids = torch.tensor(model.encode(question) + [model.ask], device=features.device)[None]
        return model.decode(greedy_caption(model, features, ids, model.end, most)[0])
