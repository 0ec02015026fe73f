/* The SDK's methods generation: `_1flow.logUser(userId, traits)`, `_1flow.logEvent(name, parameters)`. */

function publicApi(sdk) {
  const announced = (call) => (...args) => {
    announce(call, args);
    sdk[call](...args);
  };
  return { logUser: announced("logUser"), logEvent: announced("logEvent"), on: announced("on") };
}
