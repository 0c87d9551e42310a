// swift-tools-version: 6.1
import PackageDescription

let package = Package(
  name: "engine-benchmarks",
  dependencies: [.package(name: "latent", path: "../..")],
  targets: [
    .executableTarget(
      name: "steps", dependencies: [.product(name: "LatentEngine", package: "latent")]),
    .executableTarget(
      name: "factors", dependencies: [.product(name: "LatentEngine", package: "latent")]),
  ]
)
