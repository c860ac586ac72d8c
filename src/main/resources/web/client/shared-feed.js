export function newSharedFeed() {
  return undefined;
}
