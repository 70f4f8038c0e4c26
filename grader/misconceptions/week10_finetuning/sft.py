"""Known mistakes of week 10, SFT."""

import torch
from sft import IGNORED, encode_chat, pad_batch, render_chat
from torch.nn import functional as F

from grader.mistakes import mistake


@mistake(
    of="render_chat",
    en="It looks like the line break after <|end|> is missing.",
    zh="看起来 <|end|> 后面少了换行。",
)
def forgets_the_line_break(messages, add_generation_prompt=False):
    return render_chat(messages, add_generation_prompt).replace("<|end|>\n", "<|end|>")


@mistake(
    of="render_chat",
    en="It looks like you strip the contents. Spaces and line breaks belong to what was said.",
    zh="看起来你去掉了内容首尾的空白。空格和换行也是内容的一部分。",
)
def strips_the_contents(messages, add_generation_prompt=False):
    stripped = [{**message, "content": message["content"].strip()} for message in messages]
    return render_chat(stripped, add_generation_prompt)


@mistake(
    of="render_chat",
    en="Your generation prompt lacks the line break after <|assistant|>, so the model meets a header it never saw.",
    zh="你的生成提示在 <|assistant|> 之后缺少换行，模型会遇到训练中从未见过的标头。",
)
def ends_with_a_bare_header(messages, add_generation_prompt=False):
    return render_chat(messages) + "<|assistant|>" * add_generation_prompt


@mistake(
    of="render_chat",
    en="Your text adds the assistant's header although nobody asked for it.",
    zh="没有人要求，你的文本也加上了助手的标头。",
)
def always_prompts(messages, add_generation_prompt=False):
    return render_chat(messages, True)


@mistake(
    of="render_chat",
    en="Your template accepts roles that are out of turn. After an optional system message, user and assistant take "
    "turns.",
    zh="你的模板接受了不按顺序出现的角色。在可选的 system 消息之后，user 和 assistant 应当轮流出现。",
)
def does_not_check_the_roles(messages, add_generation_prompt=False):
    text = "".join(f"<|{message['role']}|>\n{message['content']}<|end|>\n" for message in messages)
    return "<|bos|>" + text + "<|assistant|>\n" * add_generation_prompt


@mistake(
    of="render_chat",
    en="It looks like you check only that every role is one of the three. They also take turns: a system message only "
    "at the front, then user and assistant by turns, the user first.",
    zh="看起来你只检查了角色是不是那三个之一。顺序也有规定：system 消息只能在最前面，"
    "然后 user 和 assistant 轮流，user 在先。",
    breaks="if a role is unknown or not in its turn",
)
def knows_the_roles_and_not_their_turns(messages, add_generation_prompt=False):
    for message in messages:
        if message["role"] not in ("system", "user", "assistant"):
            raise ValueError(message["role"])
    return does_not_check_the_roles(messages, add_generation_prompt)


@mistake(
    of="encode_chat",
    en="Your labels are all ids: the model also learns to write the prompt. Everything but the answers is -100.",
    zh="你的标签就是全部 id：模型连提示也会去学。除了回答，其余都应是 -100。",
)
def learns_everything(messages, tokenizer):
    ids, _ = encode_chat(messages, tokenizer)
    return ids, list(ids)


@mistake(
    of="encode_chat",
    en="Your labels leave out the <|end|> after the answer: the model never learns to stop.",
    zh="你的标签漏掉了回答后面的 <|end|>：模型永远学不会停下。",
)
def does_not_learn_to_stop(messages, tokenizer):
    ids, labels = encode_chat(messages, tokenizer)
    end = tokenizer.token_id("<|end|>")
    return ids, [IGNORED if label == end else label for label in labels]


@mistake(
    of="encode_chat",
    en="Your labels include the assistant's header. The template writes it, not the model.",
    zh="你的标签包含了助手的标头。标头是模板写的，不是模型写的。",
)
def learns_the_header(messages, tokenizer):
    ids, labels = encode_chat(messages, tokenizer)
    for place, i in enumerate(ids):
        if i == tokenizer.token_id("<|assistant|>"):
            labels[place : place + 2] = ids[place : place + 2]
    return ids, labels


@mistake(
    of="encode_chat",
    en="Your labels include the line break after the answer's <|end|>. The model has stopped by then.",
    zh="你的标签包含了回答的 <|end|> 之后的换行。那时模型已经停下了。",
)
def learns_the_last_line_break(messages, tokenizer):
    ids, labels = encode_chat(messages, tokenizer)
    end = tokenizer.token_id("<|end|>")
    for place in range(len(ids) - 1):
        if labels[place] == end:
            labels[place + 1] = ids[place + 1]
    return ids, labels


@mistake(
    of="encode_chat",
    en="Your labels hold only the last answer. Every answer of the conversation is learned.",
    zh="你的标签只有最后一个回答。对话中的每个回答都要学。",
)
def learns_the_last_answer_alone(messages, tokenizer):
    ids, labels = encode_chat(messages, tokenizer)
    starts = [place for place, i in enumerate(ids) if i == tokenizer.token_id("<|assistant|>")]
    last = starts[-1] if starts else 0
    return ids, [IGNORED] * last + labels[last:]


@mistake(
    of="encode_chat",
    en="Your labels are shifted already. The loss shifts once more, so the model would learn to skip a token.",
    zh="你的标签已经移过位了。损失还会再移一次，模型就会学着跳过一个词元。",
)
def shifts_in_the_labels(messages, tokenizer):
    ids, labels = encode_chat(messages, tokenizer)
    return ids, [*labels[1:], IGNORED]


@mistake(
    of="encode_chat",
    en="It looks like you encode header and content together: a content that starts with a line break melts into the "
    "header.",
    zh="看起来你把标头与内容合在一起编码了：以换行开头的内容会与标头融为一体。",
)
def encodes_header_and_content_together(messages, tokenizer):
    line_break, end = tokenizer.encode("\n"), tokenizer.token_id("<|end|>")
    ids, labels = [tokenizer.token_id("<|bos|>")], [IGNORED]
    for message in messages:
        spoken = [*tokenizer.encode("\n" + message["content"]), end]
        ids += [tokenizer.token_id(f"<|{message['role']}|>"), *spoken, *line_break]
        learned = spoken[1:] if message["role"] == "assistant" else [IGNORED] * (len(spoken) - 1)
        labels += [IGNORED, IGNORED, *learned, *[IGNORED] * len(line_break)]
    return ids, labels


@mistake(
    of="encode_chat",
    en="Your ids let a user write special tokens: a content that spells <|end|> ends the message. Encode contents as "
    "plain text.",
    zh="你的 id 让用户能写出特殊词元：内容里写上 <|end|> 就会结束消息。内容要按普通文本编码。",
)
def parses_special_tokens_in_contents(messages, tokenizer):
    line_break, end = tokenizer.encode("\n"), tokenizer.token_id("<|end|>")
    ids, labels = [tokenizer.token_id("<|bos|>")], [IGNORED]
    for message in messages:
        spoken = [*tokenizer.encode_with_special(message["content"]), end]
        ids += [tokenizer.token_id(f"<|{message['role']}|>"), *line_break, *spoken, *line_break]
        learned = spoken if message["role"] == "assistant" else [IGNORED] * len(spoken)
        labels += [IGNORED, *[IGNORED] * len(line_break), *learned, *[IGNORED] * len(line_break)]
    return ids, labels


@mistake(
    of="pad_batch",
    en="Your batch is padded on the left. Here padding stands on the right.",
    zh="你的批次是在左侧填充的。这里填充在右侧。",
)
def pads_on_the_left(examples, pad_id):
    turned = pad_batch([(ids[::-1], labels[::-1]) for ids, labels in examples], pad_id)
    return {name: rows.flip(1) for name, rows in turned.items()}


@mistake(
    of="pad_batch",
    en="Your labels are padded with the pad id, so the model learns to write padding. They are padded with -100.",
    zh="你的标签是用填充 id 填充的，模型会去学写填充。标签应当用 -100 填充。",
)
def learns_the_padding(examples, pad_id):
    batch = pad_batch(examples, pad_id)
    batch["labels"] = batch["labels"].where(batch["attention_mask"] == 1, pad_id)
    return batch


@mistake(
    of="pad_batch",
    en="Your attention mask is 0 wherever the pad id stands. A real token may have that id: go by the lengths.",
    zh="你的注意力掩码在每个等于填充 id 的位置都为 0。真实词元也可能是这个 id：要按长度来。",
)
def finds_padding_by_its_value(examples, pad_id):
    batch = pad_batch(examples, pad_id)
    batch["attention_mask"] = (batch["input_ids"] != pad_id).long()
    return batch


@mistake(
    of="pad_batch",
    en="Your labels are -100 wherever the pad id stands. If that is the end token too, the model never learns to stop.",
    zh="你的标签在每个等于填充 id 的位置都是 -100。如果它也是结束词元，模型就永远学不会停下。",
)
def ignores_the_pad_id_everywhere(examples, pad_id):
    batch = pad_batch(examples, pad_id)
    batch["labels"] = batch["labels"].where(batch["labels"] != pad_id, IGNORED)
    return batch


@mistake(
    of="pad_batch",
    en="Your attention mask is 1 everywhere, so padding is attended to.",
    zh="你的注意力掩码处处为 1，填充也会被注意到。",
)
def attends_to_padding(examples, pad_id):
    batch = pad_batch(examples, pad_id)
    batch["attention_mask"] = torch.ones_like(batch["attention_mask"])
    return batch


def _losses(logits, labels):
    dtype = torch.promote_types(logits.dtype, torch.float32)
    flat = F.cross_entropy(logits.flatten(0, 1).to(dtype), labels.flatten(), ignore_index=IGNORED, reduction="none")
    return flat.view(labels.shape)


@mistake(
    of="sft_loss",
    en="It looks like nothing is shifted: each position is asked for its own token, which it can see.",
    zh="看起来完全没有移位：每个位置要预测的，是它已经看到的那个词元。",
)
def does_not_shift(logits, labels):
    return _losses(logits, labels).sum() / (labels != IGNORED).sum().clamp(min=1)


@mistake(
    of="sft_loss",
    en="Your loss is shifted the wrong way: each position is asked for the token before it.",
    zh="你的损失移位方向反了：每个位置要预测的是它前面的词元。",
)
def shifts_the_wrong_way(logits, labels):
    targets = labels[:, :-1]
    return _losses(logits[:, 1:], targets).sum() / (targets != IGNORED).sum().clamp(min=1)


@mistake(
    of="sft_loss",
    en="Your loss divides by all positions, those with -100 too. The mean is over the labels that count.",
    zh="你的损失除以了所有位置的个数，连 -100 也算在内。均值只对有效的标签取。",
)
def divides_by_all_positions(logits, labels):
    losses = _losses(logits[:, :-1], labels[:, 1:])
    return losses.sum() / max(losses.numel(), 1)


@mistake(
    of="sft_loss",
    en="Your loss is the mean of the rows' means. Here every token weighs the same, whichever row it is in.",
    zh="你的损失是各行均值的均值。这里每个词元的权重相同，无论在哪一行。",
)
def averages_the_rows(logits, labels):
    targets = labels[:, 1:]
    losses = _losses(logits[:, :-1], targets)
    return (losses.sum(1) / (targets != IGNORED).sum(1).clamp(min=1)).mean()


@mistake(
    of="sft_loss",
    en="Your loss is a sum. It should be the mean over the labels that count.",
    zh="你的损失是总和。它应当是有效标签上的均值。",
)
def sums_up(logits, labels):
    return _losses(logits[:, :-1], labels[:, 1:]).sum()


@mistake(
    of="sft_loss",
    en="Your loss is NaN when no label counts. It should be 0, with a gradient of zero.",
    zh="没有有效标签时你的损失是 NaN。它应当为 0，梯度也为零。",
)
def divides_by_zero(logits, labels):
    targets = labels[:, 1:]
    return _losses(logits[:, :-1], targets).sum() / (targets != IGNORED).sum()


@mistake(
    of="sft_loss",
    en="Your loss is computed in the dtype of the logits. In bfloat16 that leaves two digits: go to float32 first.",
    zh="你的损失是用 logits 的 dtype 计算的。bfloat16 下只剩两位有效数字：应当先转到 float32。",
)
def stays_in_half_precision(logits, labels):
    targets = labels[:, 1:]
    picked = logits[:, :-1].log_softmax(-1).gather(-1, targets.clamp(min=0).unsqueeze(-1)).squeeze(-1)
    counts = targets != IGNORED
    return -(picked * counts).sum() / counts.sum().clamp(min=1)


@mistake(
    of="sft_loss",
    en="It looks like the losses are multiplied by a mask, with 0 where a label does not count. 0 times NaN is NaN: "
    "leave these places out.",
    zh="看起来你把各处的损失乘以掩码，标签无效处乘以 0。0 乘 NaN 还是 NaN：应当把这些位置排除掉。",
    breaks="Labels of -100 do not count, whatever the logits that answer for them are, be it NaN",
)
def multiplies_by_the_mask(logits, labels):
    targets = labels[:, 1:]
    wide = logits[:, :-1].to(torch.promote_types(logits.dtype, torch.float32))
    picked = wide.log_softmax(-1).gather(-1, targets.clamp(min=0).unsqueeze(-1)).squeeze(-1)
    counts = targets != IGNORED
    return -(picked * counts).sum() / counts.sum().clamp(min=1)
