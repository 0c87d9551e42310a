import Testing

@testable import Latent
