package dev.chatgateway.official;

import static org.assertj.core.api.Assertions.assertThat;

import com.azure.communication.chat.ChatAsyncClient;
import com.azure.communication.chat.ChatClient;
import com.azure.communication.chat.ChatThreadAsyncClient;
import com.azure.communication.chat.ChatThreadClient;
import com.azure.communication.identity.CommunicationIdentityAsyncClient;
import com.azure.communication.identity.CommunicationIdentityClient;
import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitAccessTarget;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The checklist that cannot rot: what the clients offer comes from reflection, what is tested from the byte code of this package.
 * A new version of a client that offers more fails here until someone tests it.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CoverageIT {
    private final JavaClasses tests = new ClassFileImporter().importPackagesOf(CoverageIT.class);

    @ParameterizedTest
    @ValueSource(
            classes = {
                ChatClient.class,
                ChatAsyncClient.class,
                ChatThreadClient.class,
                ChatThreadAsyncClient.class,
                CommunicationIdentityClient.class,
                CommunicationIdentityAsyncClient.class
            })
    void every_public_operation_is_called_by_a_test(Class<?> client) {
        Set<String> offered = Arrays.stream(client.getDeclaredMethods())
                .filter(method -> Modifier.isPublic(method.getModifiers()) && !method.isSynthetic())
                .map(CoverageIT::signature)
                .collect(Collectors.toSet());

        assertThat(offered).isNotEmpty();
        Set<String> forgotten = new TreeSet<>(offered);
        forgotten.removeAll(calledByTests(client));
        assertThat(forgotten).isEmpty();
    }

    private Set<String> calledByTests(Class<?> client) {
        return tests.stream()
                .flatMap(CoverageIT::accesses)
                .filter(target -> target.getOwner().isEquivalentTo(client))
                .map(target -> target.getName()
                        + target.getRawParameterTypes().stream()
                                .map(JavaClass::getSimpleName)
                                .collect(Collectors.joining(", ", "(", ")")))
                .collect(Collectors.toSet());
    }

    private static Stream<CodeUnitAccessTarget> accesses(JavaClass from) {
        return from.getCodeUnitAccessesFromSelf().stream()
                .map(access -> access.getTarget())
                .filter(CodeUnitAccessTarget.class::isInstance)
                .map(CodeUnitAccessTarget.class::cast);
    }

    private static String signature(Method method) {
        return method.getName()
                + Arrays.stream(method.getParameterTypes())
                        .map(Class::getSimpleName)
                        .collect(Collectors.joining(", ", "(", ")"));
    }
}
