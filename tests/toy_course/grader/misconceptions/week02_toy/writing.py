"""Known mistakes of the second toy exercise."""

from grader.mistakes import mistake


@mistake(of="wrapped", en="Your lines hold one word each.", zh="你的每一行只有一个词。")
def one_word_a_line(text, width):
    return text.split()


@mistake(of="write", en="Your model is asked about each text alone.", zh="你逐段文本询问模型。")
def asks_one_by_one(model, texts, steps):
    texts = [list(text) for text in texts]
    for _ in range(steps):
        for text in texts:
            text += model(text[-1:])
    return texts
