// Where a card goes. `groups` holds the numbers of the cards that share a place, the best place first; none is changed.
const NEAR = 0.28; // of a place's height: so close to its edge a card is put beside it, not into it

function complete(groups, count) {
  const found = Array.isArray(groups) && groups.every(Array.isArray) ? groups.flat().sort() : [];
  return found.length === count && found.every((card, at) => card === at);
}

const place = (groups, card) => groups.findIndex((group) => group.includes(card));
const lifted = (groups, card) => groups.map((group) => group.filter((one) => one !== card));

function into(groups, card, at) {
  const found = lifted(groups, card);
  found[at].push(card);
  return found.filter((group) => group.length);
}

function beside(groups, card, at) {
  const found = lifted(groups, card);
  found.splice(at, 0, [card]);
  return found.filter((group) => group.length);
}

// A step up or down: out of a tie to a place of its own, else past the next place.
function step(groups, card, down) {
  const at = place(groups, card);
  if (groups[at].length > 1) return beside(groups, card, down ? at + 1 : at);
  return beside(groups, card, Math.max(0, down ? at + 2 : at - 1));
}

// Onto the place above, or out of a tie to the place below it.
function tie(groups, card) {
  const at = place(groups, card);
  if (groups[at].length > 1) return beside(groups, card, at + 1);
  return at ? into(groups, card, at - 1) : groups;
}

// Return the place at a height: {at, join}. Only the card itself moves while it is dragged, not its place.
function aimed(boxes, y) {
  for (const [at, box] of boxes.entries()) {
    const part = (y - box.top) / box.height;
    if (part < NEAR) return { at, join: false };
    if (part <= 1 - NEAR) return { at, join: true };
  }
  return { at: boxes.length, join: false };
}
