// Looking at the object in a variable without taking a reference to it.
//
// Copying a value counts a reference up and down, atomically: of a call like `fib(n - 1)` that is a
// third of the time. The compiler cannot leave it out, because the callee might overwrite the
// variable; the runtime makes sure that what it overwrites stays alive (`Runtime.keepFunctions`).

/// Reads the object out of a value's bytes: the reference, then one byte that tells the case.
struct Borrowing {
  private let objectCase: UInt8

  /// Nil when values are not laid out like that; calls then count references as everything else.
  init?() {
    guard let objectCase = Borrowing.objectCase else { return nil }
    self.objectCase = objectCase
  }

  @inline(__always)
  func function(
    at place: UnsafeMutablePointer<Value>, parameters: Int
  ) -> Unmanaged<FunctionObject>? {
    let bytes = UnsafeRawPointer(place)
    guard bytes.load(fromByteOffset: Borrowing.caseOffset, as: UInt8.self) == objectCase
    else { return nil }
    let object = bytes.load(as: Unmanaged<Object>.self)
    let fits = object._withUnsafeGuaranteedRef { object in
      object.tag == .function
        && unsafeDowncast(object, to: FunctionObject.self).parameterCount == parameters
    }
    return fits ? bytes.load(as: Unmanaged<FunctionObject>.self) : nil
  }

  /// The text at a place, which must keep it as long as it is looked at.
  @inline(__always)
  func text(at place: UnsafePointer<Value>) -> Unmanaged<TextObject>? {
    let bytes = UnsafeRawPointer(place)
    guard bytes.load(fromByteOffset: Borrowing.caseOffset, as: UInt8.self) == objectCase,
      bytes.load(as: Unmanaged<Object>.self)._withUnsafeGuaranteedRef({ $0.tag == .text })
    else { return nil }
    return bytes.load(as: Unmanaged<TextObject>.self)
  }

  /// The object of a place when nobody else holds it.
  @inline(__always)
  func unshared(at place: UnsafeMutablePointer<Value>) -> Unmanaged<Object>? {
    let bytes = UnsafeMutableRawPointer(place)
    guard bytes.load(fromByteOffset: Borrowing.caseOffset, as: UInt8.self) == objectCase,
      isKnownUniquelyReferenced(&bytes.assumingMemoryBound(to: Object.self).pointee)
    else { return nil }
    return bytes.load(as: Unmanaged<Object>.self)
  }

  /// Whether a place holds this very object.
  @inline(__always)
  func holds(_ object: FunctionObject, at place: UnsafeMutablePointer<Value>) -> Bool {
    let bytes = UnsafeRawPointer(place)
    return bytes.load(fromByteOffset: Borrowing.caseOffset, as: UInt8.self) == objectCase
      && bytes.load(as: UnsafeRawPointer.self)
        == UnsafeRawPointer(Unmanaged.passUnretained(object).toOpaque())
  }

  private static let caseOffset = MemoryLayout<Double>.size

  /// The byte of the case `object`, found by looking at values of every case.
  private static let objectCase: UInt8? = {
    guard MemoryLayout<Value>.size == caseOffset + 1 else { return nil }
    let object = Object()
    func look(_ value: Value) -> (UInt8, UnsafeRawPointer?) {
      withUnsafeBytes(of: value) { bytes in
        (
          bytes.load(fromByteOffset: caseOffset, as: UInt8.self),
          bytes.load(as: UnsafeRawPointer?.self)
        )
      }
    }
    let (found, reference) = look(.object(object))
    guard reference == UnsafeRawPointer(Unmanaged.passUnretained(object).toOpaque()) else {
      return nil
    }
    let others: [Value] = [
      .nothing, .bool(true), .bool(false), .number(0), .number(.nan), .short(.empty),
    ]
    return others.contains { look($0).0 == found } ? nil : found
  }()
}
