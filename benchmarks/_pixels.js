// Runs in the page. After each paint of the lanes it reads pixels back: one row of each lane, above
// the reply's mark, in which the bar of a tick is the only dark thing. A bar that was not there at
// the paint before is a tick that has just become visible. What is kept of it is the time that its
// place says, and the wall clock of the next animation frame: by then the paint is on the screen.
(pixels) => {
  const stage = document.querySelector(".lab-stage");
  const canvas = stage.querySelector(".lab-moving");
  const context = canvas.getContext("2d");
  const AXIS = 20;
  const DARK = 100;
  const APART_S = 0.03; // bars nearer than this are one tick; ticks are 100 ms apart
  const seen = { ticks: [], paints: 0, frames: 0 };
  const newest = new Map();

  function bars(row) {
    const found = [];
    for (let x = 0, start = -1; x <= canvas.width; x += 1) {
      const dark = x < canvas.width && row[4 * x + 3] > 128 && row[4 * x] < DARK;
      if (dark && start < 0) start = x;
      if (!dark && start >= 0) {
        found.push((start + x) / 2);
        start = -1;
      }
    }
    return found;
  }

  stage.addEventListener("lab-paint", ({ detail }) => {
    seen.paints += 1;
    if (!pixels) return;
    const lane = (stage.clientHeight - AXIS) / detail.lanes;
    const fresh = [];
    for (let index = 0; index < detail.lanes; index += 1) {
      const y = Math.round(AXIS + (index + 0.5) * lane - lane * 0.27);
      const { data } = context.getImageData(0, y, canvas.width, 1);
      const times = bars(data).map((x) => detail.now - (detail.right - x) / detail.perS);
      if (!newest.has(index)) newest.set(index, Math.max(...times)); // was there before we looked
      for (const time of times) {
        if (time > newest.get(index) + APART_S) {
          newest.set(index, time);
          fresh.push([index, time]);
        }
      }
    }
    if (fresh.length) {
      requestAnimationFrame(() => {
        const at = Date.now() / 1000;
        seen.ticks.push(...fresh.map(([index, time]) => [index, time, at]));
      });
    }
  });

  const count = () => {
    seen.frames += 1;
    requestAnimationFrame(count);
  };
  count();
  window.labSeen = seen;
}
