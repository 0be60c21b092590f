// Buttons that copy a command.

const SHOWN_FOR = 1_500;

export function listenForCopies(): void {
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-copy]") : null;
    if (button instanceof HTMLButtonElement) void copy(button, button.dataset["copy"] ?? "");
  });
}

async function copy(button: HTMLButtonElement, text: string): Promise<void> {
  let isCopied: boolean;
  try {
    await navigator.clipboard.writeText(text);
    isCopied = true;
  } catch {
    // Some browsers have no clipboard for files: the text is selected, one key is left to press.
    isCopied = false;
    const code = button.parentElement?.querySelector("code");
    if (code !== null && code !== undefined) getSelection()?.selectAllChildren(code);
  }
  button.textContent = isCopied ? "copied" : "selected: press Ctrl+C";
  setTimeout(() => {
    button.textContent = "copy";
  }, SHOWN_FOR);
}
