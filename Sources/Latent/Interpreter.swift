// The embeddable evaluator: what a Swift program, the prompt, the batch runner and the kernel all
// hold one of.

@_exported import LatentLanguage
import LatentLibrary
@_exported import LatentSyntax
import LatentTensor

/// An interpreter of the Latent language with the whole library in it.
///
/// ```swift
/// let latent = Interpreter()
/// latent["x"] = .vector([1, 2, 3])
/// let mean = try latent.run("sum(x) / len(x)")  // .number(2)
/// ```
///
/// Several may live in one process, each used by one thread at a time; only ``interrupt()`` may be
/// called from another.
public final class Interpreter {
  /// How programs are taken: a file is complete, at the prompt more may follow.
  public enum Mode: Sendable { case file, prompt }

  public struct Options: Sendable {
    public var mode: Mode
    public var limits: Limits
    /// Where the random stream begins.
    public var seed: UInt64
    /// The folder that paths of `import` start from.
    public var directory: String

    public init(
      mode: Mode = .file, limits: Limits = Limits(), seed: UInt64 = 0, directory: String = "."
    ) {
      self.mode = mode
      self.limits = limits
      self.seed = seed
      self.directory = directory
    }
  }

  /// The version of the library.
  public static let version = Release.version

  public var options: Options {
    didSet { runtime.limits = options.limits }
  }

  public let runtime: Runtime
  private let flag: InterruptFlag
  private var cells = 0

  /// - Parameters:
  ///   - console: Where output goes. The default keeps it in memory.
  public init(console: any Console = CapturedConsole(), options: Options = Options()) {
    self.options = options
    flag = InterruptFlag()
    runtime = Runtime(
      console: console, seed: options.seed, limits: options.limits, interrupt: flag)
    runtime.models = BlockBuilding()
    for builtin in Builtin.standard { runtime.install(builtin.name, .function(builtin)) }
    for (name, value) in Builtin.constants { runtime.install(name, .number(value)) }
  }

  public convenience init(console: any Console = CapturedConsole(), mode: Mode) {
    self.init(console: console, options: Options(mode: mode))
  }

  public var console: any Console {
    get { runtime.console }
    set { runtime.console = newValue }
  }

  // MARK: Running

  /// Runs one cell: parsed and resolved as a whole, then executed.
  /// - Parameters:
  ///   - name: What diagnostics call the text: a path, `cell 3`.
  ///   - firstLine: The number of its first line in the file it comes from.
  /// - Returns: The value of the last statement when that is an expression without a semicolon
  ///   behind it; otherwise `nothing`. Showing it is the caller's business.
  /// - Throws: ``Diagnostics`` when the text cannot be read or resolved (then nothing of it ran),
  ///   a ``Diagnostic`` when running it failed.
  @discardableResult
  public func run(_ text: String, name: String? = nil, firstLine: Int = 1) throws -> Value {
    cells += 1
    let source = Source(name: name ?? "cell \(cells)", text: text, firstLine: firstLine)
    return try runtime.run(source, mode: resolution, directory: options.directory)
  }

  /// Parses and resolves a text without running it: errors, warnings, and notes such as a builtin
  /// that is hidden. Names it defines are not remembered, so a whole file is checked in one piece.
  public func check(_ text: String, name: String = "text", firstLine: Int = 1) -> [Diagnostic] {
    runtime.check(
      Source(name: name, text: text, firstLine: firstLine), mode: resolution,
      directory: options.directory)
  }

  /// Whether a text can be run as it stands, needs more lines, or is wrong.
  public func completeness(of text: String) -> Completeness {
    parse(Source(name: "text", text: text)).completeness
  }

  private var resolution: ResolutionMode { options.mode == .file ? .file : .prompt }

  /// Stops what is running, from any thread: it ends with the diagnostic L705.
  public func interrupt() { flag.raise() }

  /// The handle another thread (or a signal handler) interrupts by; unlike the interpreter it may
  /// be sent there.
  public var interruptFlag: InterruptFlag { flag }

  // MARK: Names

  /// The value of a name; nil when it has none. Setting nil does nothing: names cannot be removed.
  public subscript(name: String) -> Value? {
    get { runtime[name] }
    set {
      guard let newValue else { return }
      try? runtime.set(name, to: newValue)
    }
  }

  /// All names that have values, the library's too, in order.
  public var names: [String] { runtime.names.sorted() }

  /// The names the programs and the embedding gave values to.
  public var ownNames: [String] { names.filter { !runtime.isLibraryName($0) } }

  /// The named parameters of a function, for completion of `f(…, na`.
  public func parameterNames(of name: String) -> [String] {
    runtime[name]?.asFunction?.parameterNames ?? []
  }

  /// The members after `name.`, for completion.
  public func memberNames(of name: String) -> [String] {
    runtime[name]?.object?.memberNames ?? []
  }

  /// Registers a Swift function under its declared name.
  public func define(_ builtin: Builtin) {
    runtime.install(builtin.name, .function(builtin))
  }

  /// Calls a function by name.
  /// - Throws: A ``Diagnostic``, L301 when nothing has the name.
  @discardableResult
  public func call(
    _ name: String, _ arguments: [Value] = [], named: KeyValuePairs<String, Value> = [:]
  ) throws -> Value {
    guard let value = runtime[name] else {
      throw Diagnostic("L301", "unknown name `\(name)`")
    }
    guard let function = value.object?.callable else {
      throw Diagnostic("L405", "\(value.kindPhrase) cannot be called")
    }
    do {
      return try runtime.invoke(function, arguments, named: named.map { ($0.key, $0.value) })
    } catch let failure as Failure {
      throw Diagnostic(failure, at: nil)
    }
  }
}
