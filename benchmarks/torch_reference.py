"""The published 94 % recipe in PyTorch, to know what the framework costs.

A rewriting, for a CPU, of what K. Jordan (2024, arXiv 2404.00498) describes: widths
64 / 256 / 256, 9.9 epochs of batches of 1,024, SGD with Nesterov momentum, lookahead,
six views. It takes the arrays that `make bench-full` writes and prints one line of
JSON; it runs in an environment of its own and imports nothing of the course.
"""

import json
import sys
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

EPOCHS, BATCH, WIDTHS = 9.9, 1024, (64, 256, 256)
RATE, MOMENTUM, DECAY, BIAS_FACTOR, SMOOTHING = 1.5, 0.85, 0.0089, 64, 0.2


class Block(nn.Module):
    """Convolution, pooling, normalisation; convolution, normalisation."""

    def __init__(self, channels: int, filters: int):
        super().__init__()
        self.first = nn.Conv2d(channels, filters, 3, padding=1, bias=False)
        self.second = nn.Conv2d(filters, filters, 3, padding=1, bias=False)
        self.norms = nn.ModuleList(nn.BatchNorm2d(filters, momentum=0.4) for _ in "ab")
        for convolution in (self.first, self.second):
            nn.init.uniform_(convolution.weight, -1, 1)
            convolution.weight.data /= (9 * convolution.in_channels) ** 0.5
            nn.init.dirac_(convolution.weight.data[: convolution.in_channels])
        for norm in self.norms:
            norm.weight.requires_grad = False

    def forward(self, x):
        x = F.gelu(self.norms[0](F.max_pool2d(self.first(x), 2)))
        return F.gelu(self.norms[1](self.second(x)))


def network(pixels: torch.Tensor) -> nn.Module:
    """Build the network, its first layer whitened for these pixels."""
    whitening = nn.Conv2d(3, 24, 2, bias=False)
    patches = F.unfold(pixels, 2).permute(0, 2, 1).reshape(-1, 12)
    values, vectors = torch.linalg.eigh(patches.T @ patches / len(patches))
    kernel = (vectors / (values + 5e-4).sqrt()).T.reshape(12, 3, 2, 2)
    whitening.weight = nn.Parameter(torch.cat([kernel, -kernel]), requires_grad=False)
    blocks = [Block(*pair) for pair in zip((24, *WIDTHS[:-1]), WIDTHS, strict=True)]
    head = nn.Linear(WIDTHS[-1], 10, bias=False)
    model = nn.Sequential(
        whitening, nn.GELU(), *blocks, nn.MaxPool2d(3), nn.Flatten(), head
    )
    return model.to(memory_format=torch.channels_last)


def augmented(images: torch.Tensor, epoch: int, coin: torch.Tensor) -> torch.Tensor:
    """Shift each image by up to two pixels and mirror it every other epoch."""
    height, width = images.shape[2:]
    padded = F.pad(images, (2, 2, 2, 2), "reflect")
    corner = torch.randint(0, 5, (2, len(images), 1))
    rows, columns = corner[0] + torch.arange(height), corner[1] + torch.arange(width)
    mirror = ((coin + epoch) % 2 == 1)[:, None]
    columns = torch.where(mirror, columns.flip(1), columns)
    who = torch.arange(len(images))[:, None, None]
    return padded.permute(0, 2, 3, 1)[who, rows[:, :, None], columns[:, None]].permute(
        0, 3, 1, 2
    )


def train(images: torch.Tensor, labels: torch.Tensor) -> nn.Module:
    """Train for EPOCHS epochs; the rate rises over 23 % of the steps, then falls."""
    model = network(images[:5000])
    steps_per_epoch = len(labels) // BATCH
    total = round(EPOCHS * steps_per_epoch)
    named = [(n, p) for n, p in model.named_parameters() if p.requires_grad]
    biases = [p for n, p in named if n.endswith("bias")]
    others = [p for n, p in named if not n.endswith("bias")]
    groups = [
        {"params": others, "factor": 1.0},
        {"params": biases, "factor": BIAS_FACTOR},
    ]
    steps = torch.optim.SGD(groups, lr=1.0, momentum=MOMENTUM, nesterov=True)
    slow = [v.clone() for v in model.state_dict().values()]
    coin = torch.randint(0, 2, (len(labels),))
    done = 0
    for epoch in range(int(np.ceil(EPOCHS))):
        order = torch.randperm(len(labels))
        batches = augmented(images, epoch, coin)
        for start in range(0, steps_per_epoch * BATCH, BATCH):
            if done == total:
                break
            share = done / total
            rate = RATE * np.interp(share, [0, 0.23, 1], [0.2, 1, 0.07])
            for group in steps.param_groups:
                group["lr"] = rate * group["factor"]
            who = order[start : start + BATCH]
            x = batches[who].contiguous(memory_format=torch.channels_last)
            loss = F.cross_entropy(model(x) / 9, labels[who], label_smoothing=SMOOTHING)
            steps.zero_grad()
            loss.backward()
            with torch.no_grad():
                for p in others:
                    p.mul_(1 - rate * DECAY)
            steps.step()
            done += 1
            if done % 5 == 0:
                keep = 0.95**5 * (done / total) ** 3
                for s, v in zip(slow, model.state_dict().values(), strict=True):
                    if v.is_floating_point():
                        s.lerp_(v, 1 - keep)
                        v.copy_(s)
        print(f"epoch {epoch + 1}: loss {loss.item():.3f}", file=sys.stderr, flush=True)
    return model


@torch.no_grad()
def accuracy(model: nn.Module, images: torch.Tensor, labels: torch.Tensor) -> float:
    """Judge with six views, as the course does."""
    model.eval()
    padded = F.pad(images, (1, 1, 1, 1), "reflect")
    views = [
        (images, 0.25),
        (padded[..., :-2, :-2], 0.125),
        (padded[..., 2:, 2:], 0.125),
    ]
    total = sum(
        weight * torch.cat([model(part) / 9 for part in side.split(500)]).softmax(1)
        for view, weight in views
        for side in (view, view.flip(3))
    )
    return (total.argmax(1) == labels).float().mean().item()


def main(path: str) -> None:
    """Train on the arrays in `path` and print one line of JSON."""
    torch.manual_seed(0)
    with np.load(path, allow_pickle=False) as arrays:
        pixels = [
            torch.from_numpy(arrays[name]).permute(0, 3, 1, 2).float() / 64 - 2
            for name in ("train_images", "test_images")
        ]
        labels = [
            torch.from_numpy(arrays[f"{part}_labels"]) for part in ("train", "test")
        ]
    start = time.perf_counter()
    model = train(pixels[0], labels[0])
    seconds = time.perf_counter() - start
    start = time.perf_counter()
    found = accuracy(model, pixels[1], labels[1])
    print(
        json.dumps(
            {
                "accuracy": round(found, 4),
                "seconds": round(seconds, 1),
                "view_seconds": round(time.perf_counter() - start, 1),
                "epochs": EPOCHS,
                "widths": WIDTHS,
                "torch": torch.__version__,
                "seed": 0,
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1])
