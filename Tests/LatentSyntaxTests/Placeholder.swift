import Testing

@testable import LatentSyntax
