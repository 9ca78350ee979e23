// Saves the learner's progress as a download, and reads such a file back.

function element(tag, attributes = {}, ...children) {
  const made = Object.assign(document.createElement(tag), attributes);
  made.dataset.lmSuppressShortcuts = "true"; // else JupyterLab takes its keys
  made.append(...children);
  return made;
}

function render({ model, el }) {
  const said = element("span", { role: "status" });
  const save = element("button", { type: "button" }, "⤓ Save my progress");
  const bring = element("button", { type: "button" }, "⤒ Bring it back");
  const file = element("input", { type: "file", accept: ".json,application/json", hidden: true });

  save.addEventListener("click", () => model.send({ kind: "save" }));
  bring.addEventListener("click", () => file.click());
  file.addEventListener("change", async () => {
    const text = await file.files[0].text();
    file.value = "";
    model.send({ kind: "bring", text });
  });
  const heard = (message) => {
    if (message.kind !== "file") return;
    const url = URL.createObjectURL(new Blob([message.text], { type: "application/json" }));
    element("a", { href: url, download: "my-progress.json" }).click();
    URL.revokeObjectURL(url);
    said.textContent = "Saved as my-progress.json among your downloads.";
  };
  const tell = () => (said.textContent = model.get("said"));
  model.on("msg:custom", heard);
  model.on("change:said", tell);
  tell();
  el.replaceChildren(element("div", { className: "luggage" }, save, bring, file, said));
  return () => {
    model.off("msg:custom", heard);
    model.off("change:said", tell);
  };
}

export default { render };
