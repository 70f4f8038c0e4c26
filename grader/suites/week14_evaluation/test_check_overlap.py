"""Hidden suite of week 14, check_overlap.

The learner's test gets right and wrong implementations, each in a fresh process, so that none can tell it which comes
next. Refusing a right one costs everything; each wrong one that is caught earns a point.
"""

from grader.suite import accepts, after, catches, claims, points


@claims(
    "A right implementation may round differently",
    "Only answers are asked for: what an implementation refuses does not count here",
    "The implementation is called as `bleu(hypotheses, references)` or `bleu(hypotheses, references, smoothing)`",
)
def test_accepts_right_implementations(student, candidates):
    """Your test lets every right implementation pass, however it is written.

    你的测试应当放行所有正确的实现，无论它怎么写。
    """
    for right in candidates.right:
        accepts(student.check_bleu, right.bleu)
    exact = candidates.right[0].bleu
    accepts(student.check_bleu, lambda *texts, **more: round(exact(*texts, **more), 7))


@after("test_accepts_right_implementations")
@points(1)
@claims("AssertionError: the implementation breaks the contract")
def test_repeated_words(student, candidates):
    """Your test catches an implementation that is right only if no word is repeated.

    你的测试能发现只在没有重复的词时才正确的实现。
    """
    catches(
        student.check_bleu,
        candidates.wrong("forgets_to_clip").bleu,
        en="What if a hypothesis says a word more often than its reference does?",
        zh="如果假设里某个词比参考里出现得更多，会怎样？",
    )


@after("test_accepts_right_implementations")
@points(1)
@claims("What is right is the contract of `bleu` in exercise 1")
def test_the_same_word_in_two_references(student, candidates):
    """Your test catches an implementation that is right only if references have no word in common.

    你的测试能发现只在各条参考没有共同的词时才正确的实现。
    """
    catches(
        student.check_bleu,
        candidates.wrong("adds_up_references").bleu,
        en="Let two references hold the same word once each, and the hypothesis twice.",
        zh="让两条参考各含同一个词一次，而假设含两次。",
    )


@after("test_accepts_right_implementations")
@points(1)
def test_matches_of_the_second_reference(student, candidates):
    """Your test catches an implementation that is right only if the first reference matches best.

    你的测试能发现只在第一条参考匹配得最好时才正确的实现。
    """
    catches(
        student.check_bleu,
        candidates.wrong("asks_the_first_reference").bleu,
        en="Where does a match come from if not from the first reference?",
        zh="如果匹配不来自第一条参考，会来自哪里？",
    )


@after("test_accepts_right_implementations")
@points(1)
def test_hypotheses_of_different_lengths(student, candidates):
    """Your test catches implementations that are right only for one hypothesis at a time, or if none is
    empty.

    你的测试能发现只在每次只有一条假设、或没有空假设时才正确的实现。
    """
    catches(
        student.check_bleu,
        candidates.wrong("averages_sentences").bleu,
        en="Give it two hypotheses of very different lengths, one of them better.",
        zh="给它两条长度相差很大的假设，其中一条更好。",
    )
    catches(
        student.check_bleu,
        candidates.wrong("penalises_each_text").bleu,
        en="Give it a hypothesis that is too short and another that is too long by as much.",
        zh="给它一条过短的假设，和另一条正好过长同样多的。",
    )
    catches(
        student.check_bleu,
        candidates.wrong("skips_empty_texts").bleu,
        en="Let one of two hypotheses be empty.",
        zh="让两条假设中的一条为空。",
    )


@after("test_accepts_right_implementations")
@points(1)
def test_hypotheses_that_are_too_long(student, candidates):
    """Your test catches implementations that are right only up to the length of the reference, or only from
    it on, and one that rounds.

    你的测试能发现只在假设不长于参考、或不短于参考时才正确的实现，以及做了舍入的实现。
    """
    catches(
        student.check_bleu,
        candidates.wrong("rewards_long_texts").bleu,
        en="What does a hypothesis longer than its reference get?",
        zh="比参考更长的假设得多少分？",
    )
    catches(
        student.check_bleu,
        candidates.wrong("no_brevity_penalty").bleu,
        en="What does a hypothesis shorter than its reference get?",
        zh="比参考更短的假设得多少分？",
    )
    catches(
        student.check_bleu,
        candidates.wrong("rounds").bleu,
        en="How far apart may two right answers be?",
        zh="两个正确答案可以相差多少？",
    )


@after("test_accepts_right_implementations")
@points(1)
def test_two_lengths_that_are_as_close(student, candidates):
    """Your test catches implementations that are right only if one reference length is closest, or the
    shortest.

    你的测试能发现只在某一条参考长度唯一最接近、或最接近的就是最短的时才正确的实现。
    """
    catches(
        student.check_bleu,
        candidates.wrong("takes_the_longer_of_two").bleu,
        en="Which length counts if two are as close?",
        zh="两个长度同样接近时，算哪一个？",
    )
    catches(
        student.check_bleu,
        candidates.wrong("takes_the_first_of_two").bleu,
        en="Give the two lengths in both orders.",
        zh="两种次序都试试。",
    )
    catches(
        student.check_bleu,
        candidates.wrong("takes_the_shortest_reference").bleu,
        en="What if the closest length is not the shortest?",
        zh="如果最接近的长度不是最短的呢？",
    )


@after("test_accepts_right_implementations")
@points(1)
def test_two_orders_without_a_match(student, candidates):
    """Your test catches implementations that are right if at most one order has no match.

    你的测试能发现只在至多一阶没有匹配时才正确的实现。
    """
    catches(
        student.check_bleu,
        candidates.wrong("smooths_by_a_half_each_time").bleu,
        en="Let 3-grams and 4-grams both find nothing.",
        zh="让三元组和四元组都找不到匹配。",
    )
    catches(
        student.check_bleu,
        candidates.wrong("smooths_nothing_in_common").bleu,
        en="What is the BLEU of texts that have no word in common?",
        zh="没有共同词的文本，BLEU 是多少？",
    )
    catches(
        student.check_bleu,
        candidates.wrong("leaves_out_long_orders").bleu,
        en="What is the BLEU of a text of three words?",
        zh="只有三个词的文本，BLEU 是多少？",
    )


@after("test_accepts_right_implementations")
@points(1)
def test_smoothing_that_is_switched_off(student, candidates):
    """Your test catches an implementation that takes no notice of the smoothing that was asked for.

    你的测试能发现不理会所要求的平滑方式的实现。
    """
    catches(
        student.check_bleu,
        candidates.wrong("always_smooths").bleu,
        en="What is the BLEU of a text without a common 4-gram, if nothing is smoothed?",
        zh="不平滑时，没有共同四元组的文本 BLEU 是多少？",
    )
