// Saves a file once: the page is drawn again and again with the same number.
export default function ({ data }) {
  if (!data.number || window.kotoriSaved === data.number) return;
  window.kotoriSaved = data.number;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([data.text], { type: data.type }));
  link.download = data.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
