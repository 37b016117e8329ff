// Looks at a page as somebody does who cannot see it, or not well. Returns what is wrong, in words; nothing if nothing is.
() => {
  const problems = [];
  const isShown = (element) => element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) && element.getBoundingClientRect().width > 1;
  const name = (element) => `<${element.tagName.toLowerCase()} class="${element.getAttribute("class") ?? ""}"> ${(element.textContent ?? "").trim().slice(0, 40)}`;

  // Everything that can be used has a name.
  for (const element of document.querySelectorAll("button, a[href], input, select, textarea, [role=button], [role=listbox], [role=img], dialog[open]")) {
    if (!isShown(element)) continue;
    const labels = [...(element.labels ?? [])].map((label) => label.textContent).join("");
    const labelled = (element.getAttribute("aria-labelledby") ?? "").split(" ").map((id) => document.getElementById(id)?.textContent ?? "").join("");
    const isField = element.matches("input, select, textarea");
    if ((element.getAttribute("aria-label") || labelled || labels || (isField ? "" : element.textContent)).trim() === "") problems.push(`has no name: ${name(element)}`);
  }
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  for (const id of new Set(ids)) if (ids.filter((other) => other === id).length > 1 && !document.getElementById(id).closest("svg")) problems.push(`is there twice: #${id}`);
  if (document.querySelectorAll("h1").length !== 1) problems.push("has not one h1");
  if (document.querySelectorAll("main").length !== 1) problems.push("has not one main");
  if (!document.documentElement.lang) problems.push("does not say its language");
  for (const table of document.querySelectorAll("table")) if (isShown(table) && !table.querySelector("th[scope]")) problems.push(`has no headings: ${name(table)}`);

  // Text stands out from what is behind it (WCAG 2.2, 1.4.3).
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const read = (colour) => {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, below) => top.slice(0, 3).map((channel, i) => channel * top[3] + below[i] * (1 - top[3]));
  const behind = (element) => {
    const layers = [];
    for (let at = element; at !== null; at = at.parentElement) {
      const colour = read(getComputedStyle(at).backgroundColor);
      if (colour[3] === 0) continue;
      layers.push(colour);
      if (colour[3] === 1) break;
    }
    return layers.reduceRight((below, layer) => over(layer, below), [255, 255, 255]);
  };
  const light = (colour) => {
    const [r, g, b] = colour.map((channel) => (channel / 255 <= 0.04045 ? channel / 255 / 12.92 : ((channel / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const seen = new Set();
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (walker.currentNode.textContent.trim() === "" || seen.has(element) || element.closest("svg text, script, noscript, datalist, :disabled, .hidden-from-sight, .skip") || !isShown(element)) continue;
    seen.add(element);
    const style = getComputedStyle(element);
    const below = behind(element);
    const [a, b] = [light(over(read(style.color), below)), light(below)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const isLarge = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (isLarge ? 3 : 4.5)) problems.push(`is hard to read (${ratio.toFixed(2)}): ${name(element)}`);
  }
  if (document.documentElement.scrollWidth > window.innerWidth + 1) problems.push(`is ${document.documentElement.scrollWidth} wide on a screen of ${window.innerWidth}`);
  return problems;
}
