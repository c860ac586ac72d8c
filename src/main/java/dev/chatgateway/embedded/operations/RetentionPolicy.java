package dev.chatgateway.embedded.operations;

import dev.chatgateway.embedded.request.ApiError;
import dev.chatgateway.embedded.request.BodyFields;
import dev.chatgateway.embedded.request.Text;
import dev.chatgateway.embedded.store.Rows;
import org.jspecify.annotations.Nullable;

/** Reads the field retentionPolicy, which exists since api-version 2025-03-15. */
final class RetentionPolicy {
    static final String FIELD = "retentionPolicy";

    private static final int MIN_DAYS = 30;
    private static final int MAX_DAYS = 90;

    private RetentionPolicy() {}

    /** The policy of a request; null if it is absent, null or of the kind none. */
    static Rows.@Nullable Retention of(BodyFields body) {
        BodyFields policy = body.object(FIELD);
        if (policy == null) {
            return null;
        }
        String kind = policy.required("kind");
        if (kind.equals(Rows.Retention.NONE)) {
            return null;
        }
        if (!kind.equals(Rows.Retention.BY_CREATION)) {
            throw ApiError.badField(
                    policy.path("kind"), Text.shown(kind), Rows.Retention.BY_CREATION + " or " + Rows.Retention.NONE);
        }
        Integer days = policy.integer("deleteThreadAfterDays", MIN_DAYS, MAX_DAYS);
        if (days == null) {
            throw ApiError.badField(policy.path("deleteThreadAfterDays"), "missing", MIN_DAYS + " to " + MAX_DAYS);
        }
        return new Rows.Retention(kind, days);
    }
}
