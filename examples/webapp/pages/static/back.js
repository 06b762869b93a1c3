// The back button can bring a page out of the browser's memory as it was, with the name of somebody who has logged out since.
// Such a page is asked for again.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  document.documentElement.hidden = true;
  location.reload();
});
