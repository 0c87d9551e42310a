// Writing, showing, asking, and help.

import LatentLanguage
import LatentTensor

extension Builtin {
  static let output: [Builtin] = [
    Builtin(
      "print", in: .output, help: "Writes values with spaces between them and ends the line.",
      parameters: [
        .any("values").variadic,
        .choice("to", ["stdout", "stderr"], default: "stdout", "The stream.").named,
      ],
      returns: .nothing, examples: ["print(\"n =\", 3)  #=> nothing"]
    ) { call in
      let line = call.values("values").map(\.printed).joined(separator: " ")
      let stream: OutputStream = try call.text("to") == "stderr" ? .error : .output
      call.runtime.console.write(line + "\n", to: stream)
      return .nothing
    },
    Builtin(
      "show", in: .output, help: "Shows a value as the prompt does.",
      parameters: [.any("value")], returns: .nothing, examples: ["show(3)  #=> nothing"]
    ) { call in
      call.runtime.console.show(call.value("value"))
      return .nothing
    },
    Builtin(
      "display", in: .output,
      help: "Shows a value; the same id again replaces what was shown under it.",
      parameters: [.any("value"), .text("id").named], returns: .nothing,
      examples: ["display(3, id: \"a\")  #=> nothing"]
    ) { call in
      call.runtime.console.display(call.value("value"), id: try call.text("id"))
      return .nothing
    },
    Builtin("clear", in: .output, help: "Removes what was shown so far.", returns: .nothing) {
      call in
      call.runtime.console.clear()
      return .nothing
    },
    Builtin(
      "input", in: .output, help: "Asks for a line of text.",
      parameters: [
        .text("prompt", default: ""),
        .flag("secret", "Hides what is typed.").named,
      ], returns: .text
    ) { call in
      let line = call.runtime.console.readLine(
        prompt: try call.text("prompt"), isSecret: try call.flag("secret"))
      guard let line else {
        throw Failure(
          "L718", "there is no more input",
          help: "run it at the prompt, or give the answers on the standard input")
      }
      return .text(line)
    },
    Builtin(
      "help", in: .output,
      help: "Describes a function, a value or a name; without an argument lists all functions.",
      parameters: [.any("of", default: nil)], returns: .nothing
    ) { call in
      let topic = call.value("of")
      let page: String
      if topic.isNothing {
        page = call.runtime.overview
      } else if let name = topic.asText {
        page = call.runtime.helpPage(forName: name)
      } else {
        page = call.runtime.helpPage(for: topic)
      }
      call.print(page + "\n")
      return .nothing
    },
    Builtin(
      "apropos", in: .output, help: "Lists the functions whose name or help contains a word.",
      parameters: [.text("word")], returns: .nothing
    ) { call in
      let word = try call.text("word")
      let found = call.runtime.apropos(word)
      call.print(
        found.isEmpty ? "Nothing is about \"\(word)\".\n" : found.joined(separator: "\n") + "\n")
      return .nothing
    },
  ]
}
