// Memory for what grows by one element at a time in a loop. An array or a `String` that grows costs
// several counted references and calls of the standard library per element; here an element is a
// comparison and a store.

/// Elements in memory of their own, which doubles when it is full. Until it begins it is none.
///
/// "None" is a state of the struct and no optional around it: chaining through an optional of a
/// non-copyable struct that a class holds read stale fields after `take()` in debug builds (6.3).
struct Growth<Element: BitwiseCopyable>: ~Copyable {
  private var base: UnsafeMutablePointer<Element>?
  private(set) var count = 0
  private var capacity = 0

  init() {}

  deinit { base?.deallocate() }

  /// Whether it holds the elements now.
  @inline(__always) var hasBegun: Bool { base != nil }

  /// The elements; not to be kept beyond the next change.
  var elements: UnsafeBufferPointer<Element> {
    guard let base else { return UnsafeBufferPointer(start: nil, count: 0) }
    return UnsafeBufferPointer(start: base, count: count)
  }

  /// How many elements fit before more memory is needed, which is the moment to look at limits.
  @inline(__always) var room: Int { capacity - count }

  /// Takes over from what held the elements so far.
  mutating func begin(_ elements: UnsafeBufferPointer<Element>) {
    end()
    reserve(max(16, elements.count))
    append(contentsOf: elements)
  }

  /// Gives the memory back.
  mutating func end() {
    base?.deallocate()
    (base, count, capacity) = (nil, 0, 0)
  }

  @inline(__always)
  mutating func append(_ element: Element) {
    if count == capacity { reserve(1) }
    guard let base else { return }
    (base + count).initialize(to: element)
    count &+= 1
  }

  @inline(__always)
  mutating func append(contentsOf more: UnsafeBufferPointer<Element>) {
    if capacity - count < more.count { reserve(more.count) }
    guard let base, let first = more.baseAddress else { return }
    (base + count).initialize(from: first, count: more.count)
    count += more.count
  }

  @inline(never)
  private mutating func reserve(_ more: Int) {
    let wider = max(2 * capacity, count + more)
    let larger = UnsafeMutablePointer<Element>.allocate(capacity: wider)
    if let base {
      larger.moveInitialize(from: base, count: count)
      base.deallocate()
    }
    (base, capacity) = (larger, wider)
  }
}

extension Growth<UInt8> {
  /// Appends a short text where there is room for the longest: all its bytes are stored, and those
  /// after its end are written over by what comes next.
  @inline(__always)
  mutating func append(_ text: ShortText) {
    guard let base, room >= ShortText.capacity else { return }
    UnsafeMutableRawPointer(base + count)
      .storeBytes(of: text.word.littleEndian, as: UInt64.self)
    count &+= text.count
  }
}
