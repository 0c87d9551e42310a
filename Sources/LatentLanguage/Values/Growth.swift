// Memory for what grows by one element at a time in a loop. An array or a `String` that grows costs
// several counted references and calls of the standard library per element; here an element is a
// comparison and a store.

/// Elements in memory of their own, which doubles when it is full.
public struct Growth<Element: BitwiseCopyable>: ~Copyable {
  @usableFromInline private(set) var base: UnsafeMutablePointer<Element>
  public private(set) var count: Int
  private var capacity: Int

  /// - Parameter elements: What it starts with.
  init(_ elements: UnsafeBufferPointer<Element>, room: Int) {
    capacity = max(16, elements.count + room)
    base = .allocate(capacity: capacity)
    count = elements.count
    if let first = elements.baseAddress { base.initialize(from: first, count: count) }
  }

  public init() { self.init(UnsafeBufferPointer(start: nil, count: 0), room: 0) }

  deinit { base.deallocate() }

  /// The elements; not to be kept beyond the next change.
  var elements: UnsafeBufferPointer<Element> { UnsafeBufferPointer(start: base, count: count) }

  /// How many elements fit before more memory is needed, which is the moment to look at limits.
  @inline(__always) var room: Int { capacity - count }

  @inline(__always)
  public mutating func append(_ element: Element) {
    if count == capacity { reserve(1) }
    (base + count).initialize(to: element)
    count &+= 1
  }

  @inline(__always)
  public mutating func append(contentsOf more: UnsafeBufferPointer<Element>) {
    guard let first = more.baseAddress else { return }
    if capacity - count < more.count { reserve(more.count) }
    (base + count).initialize(from: first, count: more.count)
    count += more.count
  }

  @inline(never)
  private mutating func reserve(_ more: Int) {
    let wider = max(2 * capacity, count + more)
    let larger = UnsafeMutablePointer<Element>.allocate(capacity: wider)
    larger.moveInitialize(from: base, count: count)
    base.deallocate()
    (base, capacity) = (larger, wider)
  }
}
