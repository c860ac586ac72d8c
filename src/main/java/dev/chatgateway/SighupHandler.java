package dev.chatgateway;

import java.lang.reflect.Proxy;
import org.slf4j.LoggerFactory;

/**
 * Handles SIGHUP, which asks a server to reload its files. Uses reflection, because signals are in a JDK module that not
 * every run-time image contains; without it the signal ends the process, which is the default.
 */
final class SighupHandler {
    private SighupHandler() {}

    static void handle(Runnable action) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object calls = Proxy.newProxyInstance(
                    SighupHandler.class.getClassLoader(), new Class<?>[] {handler}, (proxy, method, arguments) -> {
                        if (method.getName().equals("handle")) {
                            action.run();
                        }
                        return null;
                    });
            signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance("HUP"), calls);
        } catch (ReflectiveOperationException e) {
            LoggerFactory.getLogger(SighupHandler.class)
                    .debug("no SIGHUP here; changed files are still noticed: {}", e.toString());
        }
    }
}
