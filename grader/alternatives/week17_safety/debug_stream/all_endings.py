"""All endings of the text that are beginnings of a secret, and of these the longest."""


def beginning_at_the_end(text, secrets):
    beginnings = {secret[:size] for secret in secrets for size in range(1, len(secret))}
    return max((len(beginning) for beginning in beginnings if text.endswith(beginning)), default=0)
