"""The twin of scripts/iwae-mnist in PyTorch: the one-layer architecture of the IWAE paper.

Usage: iwae.py DIRECTORY [EPOCHS] [K] [IMAGES]. Trains with the bound of K weighted draws (1: the
ELBO with its divergence in closed form), 200-200 tanh units each way, 50 latent dimensions, pixels
redrawn in each step, batches of 100, Adam 1e-3 with cosine decay to 1e-5 by step, Glorot weights,
last bias the logit of the pixel mean. Prints one line of key=value pairs; `nll` is that of the
first IMAGES test images by 5,000 draws. Data are in memory as float32 before the clock starts and
Adam is the fused one.
"""

import gzip
import math
import os
import sys
import time

import numpy
import torch
import torch.nn.functional as F
from torch import nn

LATENT, HIDDEN, BATCH = 50, 200, 100


def images(directory, name):
    path = os.path.join(directory, name)
    opener = gzip.open if os.path.exists(path + ".gz") else open
    with opener(path + ".gz" if opener is gzip.open else path) as file:
        data = numpy.frombuffer(file.read(), numpy.uint8)[16:]
    return torch.from_numpy(data.reshape(-1, 784).astype(numpy.float32) / 255)


def network(inputs, outputs):
    layers = [nn.Linear(inputs, HIDDEN), nn.Tanh(), nn.Linear(HIDDEN, HIDDEN), nn.Tanh(),
              nn.Linear(HIDDEN, outputs)]
    for layer in layers[::2]:
        nn.init.xavier_uniform_(layer.weight)
        nn.init.zeros_(layer.bias)
    return nn.Sequential(*layers)


class IWAE(nn.Module):
    def __init__(self, pixel_means):
        super().__init__()
        self.encoder = network(784, 2 * LATENT)
        self.decoder = network(LATENT, 784)
        means = pixel_means.clamp(0.001, 0.999)
        self.decoder[-1].bias.data = torch.log(means / (1 - means))

    def log_weights(self, x, draws):
        mean, log_sd = self.encoder(x).chunk(2, dim=-1)
        noise = torch.randn(draws, *mean.shape)
        z = mean + log_sd.exp() * noise
        logits = self.decoder(z)
        likelihood = -F.binary_cross_entropy_with_logits(
            logits, x.expand_as(logits), reduction="none").sum(-1)
        prior = -0.5 * z.square().sum(-1)
        proposal = (-0.5 * noise.square() - log_sd).sum(-1)
        return likelihood + prior - proposal

    def loss(self, x, draws):
        if draws > 1:
            return -(self.log_weights(x, draws).logsumexp(0) - math.log(draws)).mean()
        mean, log_sd = self.encoder(x).chunk(2, dim=-1)
        z = mean + log_sd.exp() * torch.randn_like(mean)
        nll = F.binary_cross_entropy_with_logits(self.decoder(z), x, reduction="sum")
        kl = 0.5 * (mean.square() + (2 * log_sd).exp() - 1).sum() - log_sd.sum()
        return (nll + kl) / len(x)

    @torch.no_grad()
    def evidence(self, x, draws):
        results = []
        for batch in x.split(20):
            weights = [self.log_weights(batch, 50) for _ in range(draws // 50)]
            results.append(torch.cat(weights).logsumexp(0) - math.log(draws))
        return torch.cat(results)


def main():
    directory = sys.argv[1]
    epochs, draws, count = (
        int(sys.argv[place]) if len(sys.argv) > place else default
        for place, default in ((2, 50), (3, 1), (4, 1000)))
    torch.manual_seed(1)
    train = images(directory, "train-images-idx3-ubyte")
    test = torch.bernoulli(images(directory, "t10k-images-idx3-ubyte"))[:count]

    model = IWAE(train.mean(0))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    steps = epochs * math.ceil(len(train) / BATCH)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps, 1e-5)
    start = time.perf_counter()
    for _ in range(epochs):
        for rows in torch.randperm(len(train)).split(BATCH):
            optimizer.zero_grad(set_to_none=True)
            model.loss(torch.bernoulli(train[rows]), draws).backward()
            optimizer.step()
            schedule.step()
    fit = time.perf_counter() - start

    nll = -model.evidence(test, 5000).mean().item()
    print(f"peer=torch-{torch.__version__} threads={torch.get_num_threads()} k={draws} "
          f"epochs={epochs} fit={fit:.2f} nll={nll:.2f}")


main()
