package dev.chatgateway.upstream;

import dev.chatgateway.event.ChatMessage;
import java.util.List;
import java.util.Optional;

/**
 * A page of messages.
 *
 * @param messages newest first
 * @param continuation where the next, older page begins; empty on the last page
 * @param skipped messages left out, as this gateway does not know their kind or form
 */
public record MessagePage(List<ChatMessage> messages, Optional<String> continuation, int skipped) {}
