package dev.chatgateway.official;

import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.ArgumentsProvider;
import org.junit.jupiter.params.support.ParameterDeclarations;

/**
 * Starts the services once for all classes of a run; JUnit closes them when the run ends. The
 * second target is the gateway, which passes {@code /chat} through: the clients must not see a difference.
 */
final class OfficialTargets implements ArgumentsProvider {
    private static final Namespace NAMESPACE = Namespace.create(OfficialTargets.class);

    @Override
    public Stream<? extends Arguments> provideArguments(ParameterDeclarations parameters, ExtensionContext context) {
        EmbeddedTarget embedded = context.getRoot()
                .getStore(NAMESPACE)
                .computeIfAbsent("embedded", key -> EmbeddedTarget.withoutRateLimits(), EmbeddedTarget.class);
        GatewayTarget gateway = context.getRoot()
                .getStore(NAMESPACE)
                .computeIfAbsent("gateway", key -> GatewayTarget.start(), GatewayTarget.class);
        return Stream.of(Arguments.of(embedded.target()), Arguments.of(gateway.target()));
    }
}
