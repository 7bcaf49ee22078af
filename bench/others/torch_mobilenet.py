"""MobileNetV2's features in PyTorch, with the weights that Keras has saved.

The network of Sandler et al. 2018, arXiv:1801.04381, as `keras.applications.MobileNetV2` builds it at `alpha=1`: even
pictures are padded below and on the right only where a convolution halves them, and the epsilon of batch normalisation
is 1e-3. It is for inference, so each batch normalisation is folded into the convolution before it.
"""

import h5py
import torch
from torch import nn
from torch.nn import functional

NUM_FEATURES = 1280
# Expansion, channels, repeats and first stride of each stage: table 2 of the paper.
STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)


class Convolution(nn.Conv2d):
    """A convolution with Keras's padding; `num_groups` is the number of channels for a depthwise one."""

    def __init__(self, num_in: int, num_out: int, kernel_size: int = 1, stride: int = 1, num_groups: int = 1):
        padding = kernel_size // 2 if stride == 1 else 0
        super().__init__(num_in, num_out, kernel_size, stride, padding, groups=num_groups)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the convolved activations."""
        if self.stride == (2, 2):
            x = functional.pad(x, (x.shape[3] % 2, 1, x.shape[2] % 2, 1))
        return super().forward(x)


class InvertedResidual(nn.Module):
    """An inverted residual: expand, convolve each channel by itself, project."""

    def __init__(self, num_in: int, num_out: int, expansion: int, stride: int):
        super().__init__()
        inner = num_in * expansion
        self.expand = Convolution(num_in, inner) if expansion > 1 else None
        self.depthwise = Convolution(inner, inner, 3, stride, num_groups=inner)
        self.project = Convolution(inner, num_out)
        self.is_residual = stride == 1 and num_in == num_out

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the block's activations."""
        inner = x if self.expand is None else functional.relu6(self.expand(x), inplace=True)
        inner = self.project(functional.relu6(self.depthwise(inner), inplace=True))
        return x + inner if self.is_residual else inner


class MobileNetV2(nn.Module):
    """uint8 pictures `(n, 3, height, width)` → float32 features `(n, 1280)`, averaged over the picture."""

    def __init__(self) -> None:
        super().__init__()
        self.first = Convolution(3, 32, 3, stride=2)
        self.blocks = nn.ModuleList()
        channels = 32
        for expansion, num_out, repeats, first_stride in STAGES:
            for stride in (first_stride, *[1] * (repeats - 1)):
                self.blocks.append(InvertedResidual(channels, num_out, expansion, stride))
                channels = num_out
        self.last = Convolution(channels, NUM_FEATURES)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return the features."""
        x = functional.relu6(self.first(images.float() / 127.5 - 1), inplace=True)
        for block in self.blocks:
            x = block(x)
        return functional.relu6(self.last(x), inplace=True).mean((2, 3))


def load_backbone(path: str) -> MobileNetV2:
    """Return the network with the weights of a file that `keras.Model.save_weights` has written."""
    network = MobileNetV2().eval().requires_grad_(False)
    with h5py.File(path) as file:
        layers = [group["vars"] for group in file["layers"].values()]
        arrays = {
            layer.attrs["name"]: [torch.from_numpy(layer[str(n)][()]) for n in range(len(layer))]
            for layer in layers
        }
    for convolution, (name, norm) in _names(network).items():
        [kernel] = arrays[name]
        gamma, beta, mean, variance = arrays[norm]
        scale = gamma / torch.sqrt(variance + 1e-3)
        order = (2, 3, 0, 1) if "depthwise" in name else (3, 2, 0, 1)
        convolution.weight.copy_(kernel.permute(order) * scale[:, None, None, None])
        convolution.bias.copy_(beta - mean * scale)
    return network.to(memory_format=torch.channels_last)


def _names(network: MobileNetV2) -> dict[Convolution, tuple[str, str]]:
    """Return Keras's names of each convolution and of its batch normalisation."""
    names = {network.first: ("Conv1", "bn_Conv1"), network.last: ("Conv_1", "Conv_1_bn")}
    for number, block in enumerate(network.blocks):
        for part, convolution in block.named_children():
            name = f"block_{number}_{part}" if number else f"expanded_conv_{part}"
            names[convolution] = name, f"{name}_BN"
    return names
