/* The SDK's commands generation: `_1flow("identify", userId, traits)`, `_1flow("track", name, {properties})`. */

function publicApi(sdk) {
  const commands = {
    identify: (userId, traits) => sdk.logUser(userId, traits),
    track: (name, data) => sdk.logEvent(name, data && data.properties),
  };
  return (command, ...args) => {
    announce(command, args);
    if (Object.prototype.hasOwnProperty.call(commands, command)) {
      commands[command](...args);
    } else {
      console.warn(`1Flow stand-in: no command ${JSON.stringify(command)}`);
    }
  };
}
