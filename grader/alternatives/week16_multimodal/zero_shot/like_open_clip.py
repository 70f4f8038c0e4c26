"""As OpenAI's notebook and OpenCLIP build a zero-shot classifier: one class after the other; recall as by its ranks."""

import torch


def label_embeddings(labels, templates, encode_text):
    if len(labels) == 0 or len(templates) == 0 or not all("{}" in template for template in templates):
        raise ValueError("labels and templates")
    zeroshot_weights = []
    for classname in labels:
        texts = [template.format(classname) for template in templates]
        class_embeddings = encode_text(texts)
        class_embeddings = class_embeddings / class_embeddings.norm(dim=-1, keepdim=True)
        class_embedding = class_embeddings.mean(dim=0)
        zeroshot_weights.append(class_embedding / class_embedding.norm())
    return torch.stack(zeroshot_weights, dim=0)


def zero_shot(image, labels, templates, encode_text, logit_scale=0.0):
    classifier = label_embeddings(labels, templates, encode_text).t()
    image_features = image / image.norm(dim=-1, keepdim=True)
    logits = torch.tensor(logit_scale, dtype=image.dtype, device=image.device).exp() * image_features @ classifier
    return logits.softmax(dim=-1)


def recall_at_k(similarity, owners, k):
    count = similarity.shape[0]
    if k < 1 or count < 1 or owners.shape[0] != similarity.shape[1]:
        raise ValueError("k or owners")
    if owners.min() < 0 or owners.max() >= count or (torch.bincount(owners, minlength=count) == 0).any():
        raise ValueError("owners")
    hits = 0
    for picture in range(count):
        scores, mine = similarity[picture], owners == picture
        hits += int((scores[~mine] >= scores[mine].max()).sum() < k)
    found = 0
    for text, owner in enumerate(owners.tolist()):
        rank = int((similarity[:, text] >= similarity[owner, text]).sum())  # itself included: 1 is the best
        found += int(rank <= k)
    return hits / count, found / len(owners)
