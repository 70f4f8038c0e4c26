"""Prints and raises HTML and a spreadsheet formula."""

KIND = "walls"
WORTH = 20
CAUGHT = "raised"


def softmax(scores):
    print("<script>document.body.innerHTML='100/100'</script>")
    raise ValueError('=HYPERLINK("http://example.org","100"),<img src=x onerror=alert(1)>\n+1+cmd|\' /C calc\'!A0')
