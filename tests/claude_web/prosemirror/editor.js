// The stand-in's composer, made by the real ProseMirror: the same two functions go in, the same three come out as
// from the stand-in's own `composer.js`.
import { baseKeymap, chainCommands, createParagraphNear, liftEmptyBlock, splitBlock } from "prosemirror-commands";
import { history, undo } from "prosemirror-history";
import { keymap } from "prosemirror-keymap";
import { Schema } from "prosemirror-model";
import { AllSelection, EditorState } from "prosemirror-state";
import { EditorView } from "prosemirror-view";

const schema = new Schema({
  nodes: {
    doc: { content: "paragraph+" },
    paragraph: { content: "text*", toDOM: () => ["p", 0], parseDOM: [{ tag: "p" }] },
    text: {},
  },
});

globalThis.createComposer = (host, { changed, entered }) => {
  const text = () => view.state.doc.textBetween(0, view.state.doc.content.size, "\n");
  const newLine = chainCommands(createParagraphNear, liftEmptyBlock, splitBlock);
  const enter = () => {
    entered();
    return true;
  };
  const keys = keymap({ Enter: enter, "Shift-Enter": newLine, "Mod-z": undo });
  const view = new EditorView(
    { mount: host },
    {
      state: EditorState.create({ schema, plugins: [history(), keys, keymap(baseKeymap)] }),
      dispatchTransaction(transaction) {
        view.updateState(view.state.apply(transaction));
        host.classList.toggle("is-empty", !text());
        if (transaction.docChanged) changed(text());
      },
    },
  );
  host.classList.add("tiptap", "is-empty");
  host.dataset.editor = "prosemirror";
  return {
    text,
    clear: () => view.dispatch(view.state.tr.setSelection(new AllSelection(view.state.doc)).deleteSelection()),
    focus: () => view.focus(),
  };
};
