"use strict";
// As much of markdown as the playground's answers have, as HTML. `options.quotes` draws curly quotes in prose, as
// some pages do; `options.paragraph` is the class of a paragraph; `options.code` draws a block of code, by its language.
const renderMarkdown = (() => {
  const escape = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/"/g, "&quot;");
  const curly = (text) =>
    text
      .replace(/(^|[\s(])&quot;/g, "$1“")
      .replace(/&quot;/g, "”")
      .replace(/'/g, "’");
  const inline = (text, options) =>
    escape(text)
      .split(/(`[^`]+`)/)
      .map((part) => {
        if (/^`[^`]+`$/.test(part)) return `<code>${part.slice(1, -1)}</code>`;
        const strong = part.replace(/\*\*(.+?)\*\*/g, "<strong>$1</strong>");
        return options.quotes ? curly(strong) : strong;
      })
      .join("");
  const block = (text, options) => {
    const lines = text.split("\n");
    if (lines.every((line) => line.startsWith("- ")))
      return `<ul>${lines.map((line) => `<li>${inline(line.slice(2), options)}</li>`).join("")}</ul>`;
    const named = options.paragraph ? ` class="${options.paragraph}"` : "";
    return `<p${named}>${lines.map((line) => inline(line, options)).join("<br>")}</p>`;
  };
  const code = (language, text) => `<pre><code class="language-${escape(language)}">${escape(text)}</code></pre>`;
  return (text, options = {}) =>
    text
      .split(/(```[\s\S]*?(?:```|$))/)
      .map((part) => {
        const fenced = part.match(/^```(\w*)\n?([\s\S]*?)(?:```)?$/);
        if (fenced) return (options.code || code)(fenced[1], fenced[2]);
        const blocks = part.split(/\n\n+/).filter((each) => each.trim());
        return blocks.map((each) => block(each.trim(), options)).join("");
      })
      .join("");
})();
