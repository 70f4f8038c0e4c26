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
    """Your test catches an implementation that is right only for one hypothesis at a time.

    你的测试能发现只在每次只有一条假设时才正确的实现。
    """
    catches(
        student.check_bleu,
        candidates.wrong("averages_sentences").bleu,
        en="Give it two hypotheses of very different lengths, one of them better.",
        zh="给它两条长度相差很大的假设，其中一条更好。",
    )


@after("test_accepts_right_implementations")
@points(1)
def test_hypotheses_that_are_too_long(student, candidates):
    """Your test catches an implementation that is right only up to the length of the reference.

    你的测试能发现只在假设不长于参考时才正确的实现。
    """
    catches(
        student.check_bleu,
        candidates.wrong("rewards_long_texts").bleu,
        en="What does a hypothesis longer than its reference get?",
        zh="比参考更长的假设得多少分？",
    )


@after("test_accepts_right_implementations")
@points(1)
def test_two_lengths_that_are_as_close(student, candidates):
    """Your test catches an implementation that is right only if one reference length is closest.

    你的测试能发现只在某一条参考长度唯一最接近时才正确的实现。
    """
    catches(
        student.check_bleu,
        candidates.wrong("takes_the_longer_of_two").bleu,
        en="Which length counts if two are as close?",
        zh="两个长度同样接近时，算哪一个？",
    )


@after("test_accepts_right_implementations")
@points(1)
def test_two_orders_without_a_match(student, candidates):
    """Your test catches an implementation that is right if at most one order has no match.

    你的测试能发现只在至多一阶没有匹配时才正确的实现。
    """
    catches(
        student.check_bleu,
        candidates.wrong("smooths_by_a_half_each_time").bleu,
        en="Let 3-grams and 4-grams both find nothing.",
        zh="让三元组和四元组都找不到匹配。",
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
