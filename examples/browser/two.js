// Two phones in one page. Put your socket in the place of post: it must name the true
// sender of what it hands to receive.
function twoPhones(say) {
  const phones = {};
  const post = (from) => (to, bytes) =>
    setTimeout(() => (phones[to] ? phones[to].receive(from, bytes) : phones[from].offline(to)), 50);

  phones.bob = invsimConnect("bob", post("bob"), (e) => {
    say(`bob: ${e.name} ${e.text}`);
    if (e.name === "RemoteInvitationReceived") phones.bob.accept(e.key, "yes!");
  });
  phones.alice = invsimConnect("alice", post("alice"), (e) => say(`alice: ${e.name} ${e.text}`));
  return phones;
}
