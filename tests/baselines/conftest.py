"""One thread for tensors: two on busy cores are many times slower."""

import torch

torch.set_num_threads(1)
