// Takes the cover away as soon as the app has drawn the page, its figure included, or has something to say instead.
{
  const AFTER_HEADING = 3000, AT_MOST = 30000; // ms
  const cover = document.getElementById("kotori-first-page");
  const shown = () => performance.mark("kotori:first-page");
  requestAnimationFrame(() => requestAnimationFrame(shown));

  let heading = 0, asked = false;
  const ready = () => {
    const main = document.querySelector("[data-testid=stMainBlockContainer]");
    if (document.querySelector("[role=dialog]")) return true;
    if (!main || !main.querySelector("h1, h2, h3")) return false;
    heading ||= performance.now();
    if (cover.dataset.wait === "text" || main.querySelector("[role=alert]")) return true;
    return main.querySelector(".js-plotly-plot .main-svg") !== null || performance.now() - heading > AFTER_HEADING;
  };
  const leave = () => {
    observer.disconnect();
    clearInterval(clock);
    cover.style.opacity = 0;
    setTimeout(() => cover.remove(), 150);
  };
  const look = () => {
    asked = false;
    if (cover.isConnected && (ready() || performance.now() > AT_MOST)) leave();
  };
  const ask = () => {
    if (!asked) requestAnimationFrame(look);
    asked = true;
  };
  const observer = new MutationObserver(ask);
  observer.observe(document.body, { childList: true, subtree: true });
  const clock = setInterval(look, 500); // frames rest in a tab that is not seen
}
