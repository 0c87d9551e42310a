"""The training steps of Benchmarks/engine in PyTorch and JAX.

Usage: steps.py NAME PEER SECONDS, where PEER is torch (eager, fused Adam), compile (torch.compile)
or jax (jit, optax). Prints the median milliseconds of one step.
"""

import statistics
import sys
import time

import numpy

VAES = {  # hidden widths, latent, batch, samples
    "vae-400": ([400], 20, 128, 1),
    "vae-64": ([64], 2, 64, 1),
    "vae-200-200": ([200, 200], 50, 100, 5),
    "convolutions": (None, 10, 64, 1),  # 1-16-32 channels, kernels of 4 with stride 2, and back
}
PIXELS = ((numpy.arange(4096 * 784, dtype=numpy.int64) * 7919) % 251 / 255).astype(numpy.float32)


def median(step, seconds):
    for i in range(20):
        step(i)
    times = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 10:
        start = time.perf_counter()
        step(len(times))
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1e3


def torch_step(name, compiled):
    import torch
    import torch.nn.functional as F
    from torch import nn

    def mlp(widths):
        layers = []
        for a, b in zip(widths, widths[1:]):
            layers += [nn.Linear(a, b), nn.ReLU()]
        return nn.Sequential(*layers[:-1])

    if name == "couplings":
        nets = nn.ModuleList(mlp([2, 64, 64, 4]) for _ in range(8))
        masks = [torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])]
        data = torch.randn(256, 2)

        def loss(x):
            logdet = 0.0
            for i, net in enumerate(nets):
                keep = masks[i % 2]
                scale, shift = net(x * keep).chunk(2, dim=-1)
                scale = scale.tanh() * (1 - keep)
                x = x * scale.exp() + shift * (1 - keep)
                logdet = logdet + scale.sum(-1)
            return (0.5 * x.square().sum(-1) - logdet).mean()

        parameters = nets.parameters()

        def batch(i):
            return data
    else:
        hidden, latent, size, samples = VAES[name]
        if hidden is None:
            encoder = nn.Sequential(
                nn.Unflatten(-1, (1, 28, 28)), nn.Conv2d(1, 16, 4, 2, 1), nn.ReLU(),
                nn.Conv2d(16, 32, 4, 2, 1), nn.ReLU(), nn.Flatten(), nn.Linear(1568, 2 * latent))
            decoder = nn.Sequential(
                nn.Flatten(0, 1), nn.Linear(latent, 1568), nn.ReLU(),
                nn.Unflatten(-1, (32, 7, 7)), nn.ConvTranspose2d(32, 16, 4, 2, 1), nn.ReLU(),
                nn.ConvTranspose2d(16, 1, 4, 2, 1), nn.Flatten())
        else:
            encoder = mlp([784] + hidden + [2 * latent])
            decoder = mlp([latent] + hidden[::-1] + [784])
        pixels = torch.from_numpy(PIXELS).reshape(4096, 784)
        order = torch.randperm(4096)

        def loss(x):
            mean, log_sd = encoder(x).chunk(2, dim=-1)
            z = mean + log_sd.exp() * torch.randn(samples, *mean.shape)
            logits = decoder(z)
            nll = (F.softplus(logits) - x * logits).sum(-1).mean()
            kl = (0.5 * (mean.square() + (2 * log_sd).exp() - 1) - log_sd).sum(-1).mean()
            return nll + kl

        parameters = [*encoder.parameters(), *decoder.parameters()]

        def batch(i):
            start = i % (4096 // size) * size
            return torch.bernoulli(pixels[order[start:start + size]])

    optimizer = torch.optim.Adam(parameters, lr=1e-3, fused=True)
    loss = torch.compile(loss) if compiled else loss

    def step(i):
        optimizer.zero_grad(set_to_none=True)
        loss(batch(i)).backward()
        optimizer.step()

    return step


def jax_step(name):
    import jax
    import jax.numpy as jnp
    import optax

    def init(key, widths):
        layers = []
        for a, b in zip(widths, widths[1:]):
            key, sub = jax.random.split(key)
            bound = (6 / (a + b)) ** 0.5
            layers.append((jax.random.uniform(sub, (a, b), minval=-bound, maxval=bound),
                           jnp.zeros(b)))
        return layers

    def mlp(layers, x):
        for w, b in layers[:-1]:
            x = jax.nn.relu(x @ w + b)
        return x @ layers[-1][0] + layers[-1][1]

    key = jax.random.PRNGKey(0)
    if name == "couplings":
        parameters = [init(jax.random.fold_in(key, i), [2, 64, 64, 4]) for i in range(8)]
        masks = [jnp.array([1.0, 0.0]), jnp.array([0.0, 1.0])]
        data = jax.random.normal(key, (256, 2))

        def loss(parameters, i):
            x, logdet = data, 0.0
            for j, net in enumerate(parameters):
                keep = masks[j % 2]
                scale, shift = jnp.split(mlp(net, x * keep), 2, axis=-1)
                scale = jnp.tanh(scale) * (1 - keep)
                x = x * jnp.exp(scale) + shift * (1 - keep)
                logdet = logdet + scale.sum(-1)
            return (0.5 * jnp.square(x).sum(-1) - logdet).mean()
    else:
        hidden, latent, size, samples = VAES[name]
        if hidden is None:
            def kernel(i, *shape):
                taps = shape[0] * shape[1]
                bound = (6 / (taps * (shape[2] + shape[3]))) ** 0.5
                return (jax.random.uniform(jax.random.fold_in(key, i), shape, minval=-bound,
                                           maxval=bound), jnp.zeros(shape[3]))

            parameters = ([kernel(0, 4, 4, 1, 16), kernel(1, 4, 4, 16, 32),
                           *init(key, [1568, 2 * latent])],
                          [*init(key, [latent, 1568]), kernel(2, 4, 4, 32, 16),
                           kernel(3, 4, 4, 16, 1)])
            layout = ("NHWC", "HWIO", "NHWC")

            def encode(layers, x):
                x = x.reshape(-1, 28, 28, 1)
                for w, b in layers[:2]:
                    x = jax.nn.relu(jax.lax.conv_general_dilated(
                        x, w, (2, 2), ((1, 1), (1, 1)), dimension_numbers=layout) + b)
                return mlp(layers[2:], x.reshape(-1, 1568))

            def decode(layers, z):
                x = jax.nn.relu(mlp(layers[:1], z)).reshape(-1, 7, 7, 32)
                (v, c), (w, b) = layers[1:]
                x = jax.lax.conv_transpose(x, v, (2, 2), "SAME", dimension_numbers=layout) + c
                x = jax.lax.conv_transpose(
                    jax.nn.relu(x), w, (2, 2), "SAME", dimension_numbers=layout) + b
                return x.reshape(1, -1, 784)
        else:
            encode = decode = mlp
            parameters = (init(key, [784] + hidden + [2 * latent]),
                          init(key, [latent] + hidden[::-1] + [784]))
        pixels = jnp.asarray(PIXELS).reshape(4096, 784)
        order = jax.random.permutation(key, 4096)

        def loss(parameters, i):
            a, b = jax.random.split(jax.random.fold_in(key, i))
            rows = jax.lax.dynamic_slice_in_dim(order, i % (4096 // size) * size, size)
            x = jax.random.bernoulli(a, pixels[rows]).astype(jnp.float32)
            mean, log_sd = jnp.split(encode(parameters[0], x), 2, axis=-1)
            z = mean + jnp.exp(log_sd) * jax.random.normal(b, (samples, *mean.shape))
            logits = decode(parameters[1], z)
            nll = (jax.nn.softplus(logits) - x * logits).sum(-1).mean()
            kl = (0.5 * (jnp.square(mean) + jnp.exp(2 * log_sd) - 1) - log_sd).sum(-1).mean()
            return nll + kl

    optimizer = optax.adam(1e-3)
    state = [parameters, optimizer.init(parameters)]

    @jax.jit
    def update(parameters, moments, i):
        gradient = jax.grad(loss)(parameters, i)
        change, moments = optimizer.update(gradient, moments)
        return optax.apply_updates(parameters, change), moments

    def step(i):
        state[:] = update(state[0], state[1], i)
        jax.block_until_ready(state[0])

    return step


def main():
    name, peer, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    step = jax_step(name) if peer == "jax" else torch_step(name, peer == "compile")
    print(f"{median(step, seconds):.4f}")


main()
