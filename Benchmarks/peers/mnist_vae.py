"""The twin of notebooks/mnist_vae.lvm in PyTorch: same network, data, batches, steps and figures.

Usage: mnist_vae.py DIRECTORY [EPOCHS]. Prints one line of key=value pairs. Everything is in memory
as float32 before the clock starts, Adam is the fused one, and there is no data loader: the fastest
plain PyTorch we know how to write for this.
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


def images(directory, name):
    path = os.path.join(directory, name)
    opener = gzip.open if os.path.exists(path + ".gz") else open
    with opener(path + ".gz" if opener is gzip.open else path) as file:
        data = numpy.frombuffer(file.read(), numpy.uint8)[16:]
    return torch.from_numpy(data.reshape(-1, 784).astype(numpy.float32) / 255)


class VAE(nn.Module):
    def __init__(self, latent=20, hidden=400):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Linear(784, hidden), nn.ReLU(), nn.Linear(hidden, 2 * latent))
        self.decoder = nn.Sequential(
            nn.Linear(latent, hidden), nn.ReLU(), nn.Linear(hidden, 784))

    def posterior(self, x):
        return self.encoder(x).chunk(2, dim=-1)

    def loss(self, x):
        mean, log_sd = self.posterior(x)
        z = mean + log_sd.exp() * torch.randn_like(mean)
        nll = F.binary_cross_entropy_with_logits(self.decoder(z), x, reduction="sum")
        kl = 0.5 * (mean.square() + (2 * log_sd).exp() - 1).sum() - log_sd.sum()
        return (nll + kl) / len(x)

    @torch.no_grad()
    def evidence(self, x, draws):
        results = []
        for batch in x.split(20):
            mean, log_sd = self.posterior(batch)
            weights = []
            for _ in range(draws // 50):
                noise = torch.randn(50, *mean.shape)
                z = mean + log_sd.exp() * noise
                logits = self.decoder(z)
                likelihood = (batch * logits - F.softplus(logits)).sum(-1)
                prior = -0.5 * z.square().sum(-1)
                proposal = (-0.5 * noise.square() - log_sd).sum(-1)
                weights.append(likelihood + prior - proposal)
            results.append(torch.cat(weights).logsumexp(0) - math.log(draws))
        return torch.cat(results)


def main():
    directory = sys.argv[1]
    epochs = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    torch.manual_seed(1)
    start = time.perf_counter()
    train = images(directory, "train-images-idx3-ubyte")
    test = torch.bernoulli(images(directory, "t10k-images-idx3-ubyte"))
    loaded = time.perf_counter() - start

    model = VAE()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    start = time.perf_counter()
    for _ in range(epochs):
        for rows in torch.randperm(len(train)).split(128):
            optimizer.zero_grad(set_to_none=True)
            model.loss(torch.bernoulli(train[rows])).backward()
            optimizer.step()
    fit = time.perf_counter() - start

    start = time.perf_counter()
    with torch.no_grad():
        bound = -sum(model.loss(x).item() * len(x) for x in test.split(512)) / len(test)
    evidence = model.evidence(test[:1000], 500).mean().item()
    evaluation = time.perf_counter() - start
    print(f"torch={torch.__version__} threads={torch.get_num_threads()} load={loaded:.2f} "
          f"fit={fit:.2f} evaluate={evaluation:.2f} bound={bound:.2f} evidence={evidence:.2f}")


main()
