package dev.chatgateway.tls;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Subject alternative names in a canonical form, so that two sets of names can be compared. */
final class Names {
    /** Matches the form of address literals; only such texts are parsed by Java, which resolves anything else. */
    private static final Pattern ADDRESS = Pattern.compile("[0-9.]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");

    private Names() {}

    static boolean isAddress(String name) {
        return ADDRESS.matcher(name).matches();
    }

    static Set<String> of(X509Certificate certificate) throws CertificateParsingException {
        Collection<List<?>> names = certificate.getSubjectAlternativeNames();
        return names == null
                ? Set.of()
                : normalized(names.stream().map(n -> n.get(1).toString()).toList());
    }

    static Set<String> normalized(Collection<String> names) {
        Set<String> result = new TreeSet<>();
        for (String name : names) {
            result.add(normalized(name));
        }
        return result;
    }

    private static String normalized(String name) {
        if (!isAddress(name)) {
            return name.toLowerCase(Locale.ROOT);
        }
        try {
            return InetAddress.getByName(name).getHostAddress();
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("embedded.names: " + name + " (expected: a host name or an address)", e);
        }
    }
}
