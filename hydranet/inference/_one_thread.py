"""Matrix products on one thread, beside engines that have threads of their own."""

from functools import lru_cache
from typing import Any

from threadpoolctl import ThreadpoolController


@lru_cache
def keep_blas_to_one_thread() -> Any:
    """Let NumPy's matrix products run on the calling thread only, in this process, from now on.

    OpenBLAS's threads go on spinning for a tenth of a second after a product, on the cores that an engine needs for
    its next pass: on two cores, the product of 48 heads would nearly double the time of a batch. A limit for the time
    of a product only does not help where several threads predict.
    """
    return ThreadpoolController().limit(limits=1, user_api="blas")
