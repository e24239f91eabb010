// Goes where the class is brought, as if the reader had pressed the link beside it. Streamlit then stops asking for parts
// of the page that is left; when the server changes the page, a part that was asked for meanwhile takes the new page away.
const AGAIN = 5000, LOOK = 50; // ms

export default function ({ data }) {
  const gone = window.kotoriGone || (window.kotoriGone = { number: "", at: 0 });
  if (gone.number === data.number && Date.now() - gone.at < AGAIN) return;
  Object.assign(gone, { number: data.number, at: Date.now() });
  const go = () => {
    const link = document.querySelector(`.st-key-${data.beside} a`);
    if (link) link.click();
    else if (Date.now() - gone.at < AGAIN) setTimeout(go, LOOK);
  };
  go();
}
