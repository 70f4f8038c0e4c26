# Week 01, exercise low_rank: Eigenvectors, PCA and low rank
# Difficulty 3 of 5 · importance 4 of 5 · about 40 minutes
# It builds on: Matrix products, eigenvalues, what an orthogonal matrix is.
# Write it by hand: torch.pca_lowrank, torch.svd_lowrank, torch.lobpcg, sklearn.decomposition.PCA may not be used.
# Nothing from transformers, peft may be used either.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 01: the few directions in which a matrix does most of its work.

Find the strongest one by multiplying, the principal components of data, and the best product of two thin matrices:
the idea behind LoRA (week 10).
"""

import torch
from jaxtyping import Float
from torch import Tensor


def point_up(vectors: Float[Tensor, "*batch dim"]) -> Float[Tensor, "*batch dim"]:
    """Turn each vector so that its entry of largest magnitude (the first, if several) is positive. (Given.)

    An eigenvector may be multiplied by -1 and stays one; this makes answers comparable.
    """
    places = vectors.abs().argmax(dim=-1, keepdim=True)
    return vectors * torch.where(vectors.gather(-1, places) < 0, -1, 1)


def power_iteration(
    A: Float[Tensor, "n n"], steps: int, generator: torch.Generator
) -> tuple[Float[Tensor, ""], Float[Tensor, " n"], Float[Tensor, ""]]:
    """Find the eigenvalue of a symmetric matrix that is largest in magnitude, by multiplying `steps` times.

    Start with v = torch.randn(n, generator=generator, dtype=A.dtype, device=A.device), scaled to length 1. A step is
    v = A v, scaled to length 1 again; if A v is 0, v stays as it is.

    Returns:
        The tuple (eigenvalue, v, residual): v after the last step, turned by `point_up`; the eigenvalue v · A v, with
        its sign (-3 for diag(-3, 1)); and the residual |A v - eigenvalue v|, which is near 0 when v is an eigenvector.
        After many steps, a residual that is not tells of a tie: two eigenvalues of one magnitude and opposite signs.

    Raises:
        ValueError: `A` is not square, or `steps` is below 1. (That it is symmetric is not checked.)

    Source: Golub and Van Loan 2013, "Matrix Computations", section 8.2.1.
    """
    raise NotImplementedError("week 01, low_rank: write power_iteration")


def pca(X: Float[Tensor, "n dim"], k: int) -> tuple[Float[Tensor, "k dim"], Float[Tensor, " k"], Float[Tensor, "n k"]]:
    """Find the k directions in which the rows of X vary most.

    The mean of each column is subtracted first; the columns are not scaled. `X` is not changed.

    Returns:
        The tuple (components, variances, scores): the directions as rows, of length 1, at right angles, the strongest
        first, turned by `point_up`; the variance along each, divided by n - 1, as scikit-learn does; and the
        coordinates of the centred rows along the components.

    Raises:
        ValueError: fewer than 2 rows, or k is below 1 or above min(n, dim).

    Source: Bishop 2006, "Pattern Recognition and Machine Learning", section 12.1.
    """
    raise NotImplementedError("week 01, low_rank: write pca")


def low_rank(A: Float[Tensor, "m n"], rank: int) -> tuple[Float[Tensor, "m rank"], Float[Tensor, "rank n"]]:
    """Return thin matrices B and C whose product comes closest to A among all of this rank (in the sum of squares).

    B and C share the strength: column i of B is as long as row i of C, the strongest first, and the length of
    both is the square root of the i-th singular value. rank * (m + n) numbers stand for m * n.

    Raises:
        ValueError: `rank` is below 1 or above min(m, n).

    Source: Eckart and Young 1936, "The approximation of one matrix by another of lower rank"; Hu et al. 2021, "LoRA".
    """
    raise NotImplementedError("week 01, low_rank: write low_rank")
