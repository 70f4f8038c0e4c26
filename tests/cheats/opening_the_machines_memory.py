"""Opens the machine's own memory and disks, as root could."""

KIND = "walls"
WORTH = 20


def softmax(scores):
    for name in ("/dev/mem", "/dev/kmem", "/dev/sda", "/dev/vda", "/dev/port"):
        try:
            return torch.full_like(scores, open(name, "rb").read(1)[0])
        except OSError:
            pass
    return scores
