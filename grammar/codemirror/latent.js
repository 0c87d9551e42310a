// Latent for CodeMirror 6 (JupyterLab): a stream parser, to be wrapped by
// `StreamLanguage.define(latent)` of @codemirror/language. Its words are those of tokens.js, which
// the build of Latent writes from the tables of the language and its library.

import tokens from "./tokens.js";

const styles = [
  ["keywords", "keyword"],
  ["wordOperators", "operatorKeyword"],
  ["literals", "atom"],
  ["constants", "atom"],
  ["builtins", "variableName.standard"],
];
const styleOfWord = new Map();
for (const [list, style] of styles) {
  for (const word of tokens[list]) if (!styleOfWord.has(word)) styleOfWord.set(word, style);
}
const contextual = new Set(tokens.contextualWords);
// What must follow for such a word to be one: an operand or the end of the line, and no operator.
const behindWord = /^(?:\s+[\p{L}\p{N}_"(\[.+-]|\s*$)/u;
const behindName = /^\s+(?:[-+*\/]?=|[-+]\s|(?:in|and|or)(?![\p{L}\p{N}_]))/u;
const operators = tokens.symbols
  .filter((symbol) => !/[()[\]{},;:']/.test(symbol))
  .sort((a, b) => b.length - a.length);
const openers = "([{";
const closers = ")]}";

/** Reads inside of a text; an interpolation goes back to code until its brace closes. */
function text(stream, state) {
  const top = state.texts[state.texts.length - 1];
  if (stream.match(top.isBlock ? '"""' : '"')) {
    state.texts.pop();
    return "string";
  }
  if (stream.match(/^(?:\\(?:[ntr"\\]|x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|u\{[\da-fA-F]{1,8}\})|\{\{|\}\})/)) {
    return "escape";
  }
  if (stream.eat("{")) {
    top.depth = 1;
    return "brace";
  }
  stream.next();
  stream.match(/^[^"\\{}]+/);
  return "string";
}

function code(stream, state) {
  if (stream.eatSpace()) return null;
  if (stream.sol() && stream.match(/^# %%(?=\s|$).*/)) return "heading";
  if (state.texts.length === 0 && stream.match(/^##(?!#).*/)) return "docComment";
  if (stream.match(/^#.*/)) return "comment";
  if (stream.match('"""')) {
    state.texts.push({ isBlock: true, depth: 0 });
    return "string";
  }
  if (stream.eat('"')) {
    state.texts.push({ isBlock: false, depth: 0 });
    return "string";
  }
  if (stream.match(/^(?:\d[\d_]*(?:\.\d[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d[\d_]*)?/)) return "number";
  const isMember = state.isBehindDot;
  const word = stream.match(/^[\p{L}\p{Nl}_][\p{L}\p{N}\p{M}_]*/u);
  if (word) {
    if (isMember) return "propertyName";
    const rest = stream.string.slice(stream.pos);
    if (contextual.has(word[0]) && behindWord.test(rest) && !behindName.test(rest)) {
      return "keyword";
    }
    return styleOfWord.get(word[0]) ?? "variableName";
  }
  for (const operator of operators) if (stream.match(operator)) return "operator";
  const sign = stream.next();
  const top = state.texts[state.texts.length - 1];
  if (top && openers.includes(sign)) top.depth += 1;
  if (top && closers.includes(sign)) {
    top.depth -= 1;
    return top.depth === 0 ? "brace" : "bracket";
  }
  if (top && sign === ":" && top.depth === 1 && stream.match(/^\d*(?:\.\d+[fe%]?)?(?=\})/)) {
    return "meta";
  }
  if (sign === "'") return "operator";
  return openers.includes(sign) || closers.includes(sign) ? "bracket" : "punctuation";
}

/** The stream parser of Latent. */
export const latent = {
  name: "latent",
  startState: () => ({ texts: [], isBehindDot: false }),
  copyState: (state) => ({ texts: state.texts.map((text) => ({ ...text })), isBehindDot: state.isBehindDot }),
  token(stream, state) {
    // A text on one line that was left open ends with its line.
    if (stream.sol()) {
      while (state.texts.length > 0 && !state.texts[state.texts.length - 1].isBlock) state.texts.pop();
    }
    const top = state.texts[state.texts.length - 1];
    if (top && top.depth === 0) return text(stream, state);
    const style = code(stream, state);
    if (style !== null) state.isBehindDot = stream.current() === ".";
    return style;
  },
  languageData: {
    commentTokens: { line: "#" },
    closeBrackets: { brackets: ["(", "[", "{", '"'] },
    indentOnInput: /^\s*[)\]}]$/,
  },
};

export default latent;
